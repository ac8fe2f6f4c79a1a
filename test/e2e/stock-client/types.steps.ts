import { admin, cinder, forbidden, member, noRow, reader, rows, type Subject, text } from './step';
import { becomes, isGone } from './world';

const types: Subject = {
  title: 'volume types',
  // From 3.52 on a member cannot name a type to this client: it filters by name, which the server refuses to all but administrators.
  microversion: 'default',
  steps: [
    admin('volume type create --description fast --property volume_backend_name=file gold', {
      says: { name: 'gold', description: 'fast', is_public: true, properties: { volume_backend_name: 'file' } },
      notes: { gold: 'id' },
    }),
    admin('volume type create gold', { fails: /Volume Type gold already exists\. \(HTTP 409\)/ }),
    member('volume type create silver', { fails: forbidden('volume_extension:type_create') }),
    admin('volume type create --private --project demo secret', {
      says: { name: 'secret', is_public: false },
      notes: { secret: 'id' },
    }),
    admin('volume type create --private --property volume_backend_name=elsewhere nowhere', {
      notes: { nowhere: 'id' },
    }),
    admin('volume type list --long', {
      says: rows({ Name: 'gold', 'Is Public': true, Properties: { volume_backend_name: 'file' } }, { Name: 'secret' }),
    }),
    admin('volume type list --private', { says: rows({ Name: 'secret', 'Is Public': false }) }),
    admin('volume type list --public', { says: noRow({ Name: 'nowhere' }) }),
    member('volume type list', { says: rows({ ID: text, Name: 'gold', 'Is Public': true }, { Name: 'secret' }) }),
    member('volume type list', { says: noRow({ Name: 'nowhere' }) }),
    reader('volume type list --default', { says: [expect.objectContaining({ Name: text })] }),
    admin('volume type show gold', {
      says: { id: text, name: 'gold', access_project_ids: null, properties: { volume_backend_name: 'file' } },
    }),
    // Which backend serves a type is not for everybody.
    member('volume type show gold', { says: { name: 'gold', properties: {} } }),
    admin('volume type show secret', { says: { name: 'secret', access_project_ids: [text] } }),
    member('volume type show {gold}', { microversion: '3.70', says: { name: 'gold' } }),
    member('volume type show nowhere', { fails: /No volumetype with a name or ID of 'nowhere' exists/ }),
    admin("volume type set --name platinum --description faster --property multiattach='<is> True' gold", {
      then: becomes('/types/{gold}', {
        volume_type: { name: 'platinum', description: 'faster', extra_specs: { multiattach: '<is> True' } },
      }),
    }),
    admin('volume type unset --property multiattach platinum', {
      then: async (world) => {
        const { body } = await world.ask('GET', '/types/{gold}/extra_specs');
        expect(body).toEqual({ extra_specs: { volume_backend_name: 'file' } });
      },
    }),
    member('volume type set --name mine platinum', { fails: forbidden('volume_extension:type_update') }),
    member('volume type set --property a=b platinum', {
      fails: forbidden('volume_extension:types_extra_specs:create'),
    }),
    member('volume type unset --property volume_backend_name platinum', {
      fails: forbidden('volume_extension:types_extra_specs:delete'),
    }),
    admin('volume type set --project other secret', {
      then: async (world) => {
        const { body } = await world.ask('GET', '/types/{secret}/os-volume-type-access');
        expect(body).toMatchObject({
          volume_type_access: expect.arrayContaining([
            { volume_type_id: world.spelled('{secret}'), project_id: world.spelled('{project other}') },
          ]) as unknown,
        });
      },
    }),
    admin('volume type set --project other secret', { fails: /already exists.*\(HTTP 409\)/ }),
    admin('volume type unset --project other secret'),
    admin('volume type unset --project other secret', { fails: /not found.*\(HTTP 404\)/ }),
    admin('volume type set --project other platinum', { fails: /not applicable to public volume type\. \(HTTP 400\)/ }),
    cinder.member('type-default', { prints: /__DEFAULT__|\w/ }),
    cinder.admin('type-key {gold} set site:tier=1', {
      then: becomes('/types/{gold}', { volume_type: { extra_specs: { 'site:tier': '1' } } }),
    }),
  ],
};

const usingTypes: Subject = {
  title: 'volumes of a type',
  microversion: 'default',
  steps: [
    member('volume create --size 1 --type platinum typed', {
      says: { type: 'platinum' },
      notes: { typed: 'id' },
      then: becomes('/volumes/{typed}', { volume: { status: 'available', volume_type: 'platinum' } }),
    }),
    member('volume create --size 1 --type nowhere none', { fails: /could not be found\. \(HTTP 404\)/ }),
    // No pool is of that name.
    admin('volume create --size 1 --type nowhere unplaced', {
      notes: { unplaced: 'id' },
      then: becomes('/volumes/{unplaced}', { volume: { status: 'error' } }),
    }),
    admin('volume delete unplaced', { then: isGone('/volumes/{unplaced}') }),
    member('volume set --type secret typed', {
      then: becomes('/volumes/{typed}', { volume: { status: 'available', volume_type: 'secret' } }),
    }),
    member('volume set --type secret typed', { fails: /requested type has to be different.*\(HTTP 400\)/s }),
    member('volume set --type nosuch typed', { fails: /No volumetype with a name or ID of 'nosuch' exists/ }),
    reader('volume set --type platinum typed', { fails: forbidden('volume:retype') }),
    admin('volume set --type nowhere --retype-policy on-demand typed', {
      fails: /a volume is not moved to another backend.*\(HTTP 400\)/,
      then: becomes('/volumes/{typed}', { volume: { volume_type: 'secret' } }),
    }),
    admin('volume type delete secret', { fails: /\(HTTP 400\)/ }),
    member('volume delete typed', { then: isGone('/volumes/{typed}') }),
    member('volume type delete secret', { fails: forbidden('volume_extension:type_delete') }),
    admin('volume type delete secret nowhere', { then: isGone('/types/{secret}') }),
    admin('volume type delete nosuch', { fails: /1 of 1 volume types failed to delete/ }),
  ],
};

const encryption: Subject = {
  title: 'types of encrypted volumes',
  microversion: '3.70',
  steps: [
    admin(
      'volume type create --encryption-provider luks --encryption-cipher aes-xts-plain64 --encryption-key-size 256 ' +
        '--encryption-control-location front-end vault',
      {
        says: {
          encryption: { provider: 'luks', cipher: 'aes-xts-plain64', key_size: 256, control_location: 'front-end' },
        },
        notes: { vault: 'id' },
      },
    ),
    admin('volume type list --encryption-type', {
      says: rows({ Name: 'vault', Encryption: expect.objectContaining({ provider: 'luks' }) }),
    }),
    admin('volume type show --encryption-type vault', { says: { encryption: { provider: 'luks', key_size: 256 } } }),
    admin('volume type set --encryption-key-size 512 vault', {
      then: becomes('/types/{vault}/encryption', { key_size: 512, cipher: 'aes-xts-plain64' }),
    }),
    member('volume type list --encryption-type', {
      fails: forbidden('volume_extension:volume_type_encryption:get'),
    }),
    cinder.admin('encryption-type-show vault', { prints: /luks/ }),
    // This cloud has no key manager.
    member('volume create --size 1 --type vault none', { fails: /[Kk]ey.*\(HTTP 40\d\)/s }),
    admin('volume type unset --encryption-type vault', {
      then: async (world) => {
        expect(await world.ask('GET', '/types/{vault}/encryption')).toEqual({ status: 200, body: {} });
      },
    }),
    admin('volume type unset --encryption-type vault', { fails: /\(HTTP 404\)/ }),
    admin('volume type delete vault', { then: isGone('/types/{vault}') }),
  ],
};

const qos: Subject = {
  title: 'QoS specifications',
  microversion: '3.70',
  steps: [
    admin('volume qos create --consumer front-end --property total_iops_sec=500 slow', {
      says: { id: text, name: 'slow', consumer: 'front-end', properties: { total_iops_sec: '500' } },
      notes: { slow: 'id' },
    }),
    admin('volume qos create slow', { fails: /\(HTTP 409\)/ }),
    admin('volume qos create plain', { says: { consumer: 'both', properties: {} } }),
    member('volume qos create mine', { fails: forbidden('volume_extension:qos_specs_manage:create') }),
    admin('volume qos set --property read_iops_sec=10 slow'),
    admin('volume qos unset --property total_iops_sec slow'),
    admin('volume qos show slow', { says: { name: 'slow', properties: { read_iops_sec: '10' } } }),
    admin('volume qos associate slow platinum', {
      then: becomes('/types/{gold}', { volume_type: { qos_specs_id: text } }),
    }),
    admin('volume qos show slow', { says: { associations: ['platinum'] } }),
    admin('volume qos list', {
      says: rows({
        Name: 'slow',
        Consumer: 'front-end',
        Associations: ['platinum'],
        Properties: { read_iops_sec: '10' },
      }),
    }),
    admin('volume qos delete slow', { fails: /\(HTTP 400\)/ }),
    admin('volume qos disassociate --volume-type platinum slow', {
      then: becomes('/types/{gold}', { volume_type: { qos_specs_id: null } }),
    }),
    admin('volume qos associate slow platinum'),
    admin('volume qos disassociate --all slow'),
    admin('volume qos associate slow platinum'),
    ...[
      member('volume qos list', { fails: forbidden('volume_extension:qos_specs_manage:get_all') }),
      member('volume qos show {slow}', { fails: forbidden('volume_extension:qos_specs_manage:get_all') }),
      member('volume qos set --property a=b {slow}', { fails: /\(HTTP 403\)/ }),
      member('volume qos unset --property a {slow}', { fails: /\(HTTP 403\)/ }),
      member('volume qos associate {slow} platinum', { fails: /\(HTTP 403\)/ }),
      member('volume qos disassociate --all {slow}', { fails: /\(HTTP 403\)/ }),
      member('volume qos delete {slow}', { fails: /1 of 1 QoS specifications failed to delete/ }),
    ],
    admin('volume qos delete --force slow', { then: isGone('/qos-specs/{slow}') }),
    admin('volume qos delete plain'),
    admin('volume qos show nosuch', { fails: /No qosspecs with a name or ID of 'nosuch' exists/ }),
  ],
};

export const typeSubjects: readonly Subject[] = [types, usingTypes, encryption, qos];
