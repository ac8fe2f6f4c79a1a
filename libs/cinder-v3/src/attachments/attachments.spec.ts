import { refuse } from '@hearth/kernel';
import { FaultError } from '../fault';
import { faultOfRefusal, type RefusedOperation } from '../refusal.fault';
import { parseCreateAttachment, parseUpdateAttachment } from './attachment.requests';
import { attachmentDetail, legacyConnection } from './attachment.view';
import { hostFault } from './host-outcome.faults';
import { parseListAttachments } from './list-attachments.query';
import { parseAttach, parseDetach, parseTerminateConnection } from './volume-attachment.actions';

const volume = 'b0b6b7b1-7d65-45c6-ba6f-04a17aa78527';
const instance = '11111111-2222-3333-4444-555555555555';
const id = '5c691874-6af8-4c60-a172-b126e730503e';

const message = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof FaultError && error.fault.status === 400) return error.message;
    throw error;
  }
};
const create = (more: object, minor = 70) =>
  parseCreateAttachment({ attachment: { volume_uuid: volume, ...more } }, minor);

describe('a create', () => {
  test('names a volume, and what else it wants', () => {
    expect(create({})).toEqual({ volumeId: volume, instanceId: null, connector: null, mode: null });
    expect(
      create({ volume_uuid: volume.toUpperCase(), instance_uuid: instance, connector: { host: 'h' }, mode: 'ro' }),
    ).toEqual({ volumeId: volume, instanceId: instance, connector: { host: 'h' }, mode: 'ro' });
    for (const none of [null, {}]) expect(create({ connector: none }).connector).toBeNull();
  });

  test('names a mode from 3.54 on', () => {
    expect(message(() => create({ mode: 'ro' }, 53))).toMatch(
      /Additional properties are not allowed \('mode' was unexpected\)/,
    );
    expect(message(() => create({ mode: 'null' }))).toMatch(/'null' is not one of \['rw', 'ro'\]/);
  });

  test.each([
    [{ volume_uuid: 'nope' }, /volume_uuid. Value: nope. 'nope' is not a 'uuid'/],
    [{ instance_uuid: null }, /None is not of type 'string'/],
    [{ connector: [] }, /is not of type 'object', 'null'/],
    [{ connector: { mode: 'wr' } }, /mode of connector must be 'rw' or 'ro'/],
    [{ connector: { a: { b: '\0' } } }, /cannot be stored/],
  ])('with %j is refused', (more, sentence) => {
    expect(message(() => create(more))).toMatch(sentence);
  });

  test('whose connector is larger than a connector gets is refused', () => {
    const sized = (bytes: number) => ({ connector: { text: 'x'.repeat(bytes - '{"text":""}'.length) } });
    expect(create(sized(65_536)).connector).not.toBeNull();
    expect(message(() => create(sized(65_537)))).toMatch(/connector takes 65537 bytes; it may take 65536/);
  });

  test('whose connector is deeper than anything is refused, however deep it is', () => {
    const nested = (levels: number) => {
      let value: object = {};
      for (let level = 0; level < levels; level += 1) value = { value };
      return value;
    };
    expect(create({ connector: nested(16) }).connector).not.toBeNull();
    for (const levels of [17, 200_000]) {
      expect(message(() => create({ connector: nested(levels) }))).toMatch(/nested deeper than 16 levels/);
    }
  });
});

test('an update needs a connector that says something', () => {
  expect(parseUpdateAttachment({ attachment: { connector: { mode: 'null' } } })).toEqual({ mode: 'null' });
  const without = message(() => parseUpdateAttachment({ attachment: { connector: {} } }));
  expect(without).toMatch(/does not have enough properties/);
});

describe('an attachment', () => {
  const fields = { id, volumeId: volume, instanceId: instance, status: 'reserved', mode: null, attachedAt: null };
  const connection = { driverVolumeType: 'rbd', data: { name: 'volumes/volume-1', driver_volume_type: 'no' } };

  test('has empty texts for what is not, and the keys in Cinder’s order', () => {
    expect(JSON.stringify(attachmentDetail({ ...fields, connection: null }))).toBe(
      `{"id":"${id}","status":"reserved","instance":"${instance}","volume_id":"${volume}","attached_at":"","detached_at":"",` +
        '"attach_mode":"null","connection_info":{}}',
    );
  });

  test('shows its connection flat, the older action what the driver says by itself', () => {
    const shown = attachmentDetail({ ...fields, mode: 'rw', attachedAt: '2026-11-21T00:52:01.123Z', connection });
    expect(shown).toMatchObject({ attached_at: '2026-11-21T00:52:01.123000', attach_mode: 'rw' });
    expect(shown.connection_info).toEqual({ name: 'volumes/volume-1', driver_volume_type: 'rbd', attachment_id: id });
    expect(legacyConnection(connection)).toEqual({
      connection_info: { driver_volume_type: 'rbd', data: connection.data },
    });
  });
});

describe('a list', () => {
  const filters = (query: string, { minor = 70, isAdmin = false } = {}) =>
    parseListAttachments(new URLSearchParams(query), { minor, isAdmin }).filters;

  test('is narrowed under Cinder’s names', () => {
    expect(filters(`volume_id=${volume}&instance_id=${instance}`)).toEqual({ volumeId: volume, instanceId: instance });
    expect(filters('status=attached')).toEqual(filters('attach_status=attached'));
    expect(filters('volume_id~=b0b6', { isAdmin: true })).toEqual({ like: { volumeId: 'b0b6' } });
    expect(message(() => filters('volume_id~=b0b6'))).toMatch(/Invalid filters volume_id~/);
    expect(filters('attached_host=peer&attach_mode=ro', { isAdmin: true })).toEqual({ hostName: 'peer', mode: 'ro' });
  });

  test('does not count, in any microversion', () => {
    expect(message(() => filters('with_count=true'))).toMatch(/Invalid filters with_count/);
    expect(filters('with_count=true', { isAdmin: true })).toBe('nothing');
    expect(filters('with_count=true', { minor: 30 })).toEqual({});
  });

  test('is sorted by columns, one or several', () => {
    const sort = (query: string) =>
      parseListAttachments(new URLSearchParams(query), { minor: 70, isAdmin: false }).sort;
    expect(sort('sort=instance_uuid:asc,created_at')).toEqual([
      { by: 'instanceId', direction: 'asc' },
      { by: 'createdAt', direction: 'desc' },
    ]);
    expect(message(() => sort('sort=connector'))).toMatch(/Invalid sort key/);
  });
});

describe('the older actions', () => {
  test.each([
    ['compute-1', 'compute-1'],
    ['My Host_1', 'my-host-1'],
    ['.-host.-', 'host'],
    ['hôst☃!', 'hôst'],
    ['☃', null],
  ])('a host %j is kept as %j', (sent, kept) => {
    expect(parseAttach({ mountpoint: '/dev/vdb', host_name: sent })).toEqual({
      instanceId: null,
      hostName: kept,
      mountpoint: '/dev/vdb',
      mode: 'rw',
    });
  });

  test('no attachment, no connector and an empty one are the only one, and every one', () => {
    for (const none of [null, {}, { attachment_id: null }, { attachment_id: '' }]) expect(parseDetach(none)).toBeNull();
    expect(parseDetach({ attachment_id: id.toUpperCase() })).toBe(id);
    expect(parseTerminateConnection({ connector: null })).toEqual({});
    expect(message(() => parseTerminateConnection({ connector: 'peer' }))).toMatch(/connector must be a dictionary/);
  });
});

describe('what is said when nothing comes of it', () => {
  test('names the host’s reason; only what the backend cannot do is the client’s', () => {
    const failed = (code: string) => hostFault('update', { outcome: 'failed', code, reason: 'It failed.' });
    expect(failed('backend.failed')).toEqual({ status: 500, message: 'Unable to update attachment.(It failed).' });
    expect(failed('backend.unsupported').status).toBe(400);
    expect(hostFault('create', { outcome: 'overtaken' }).status).toBe(409);
    expect(hostFault('create', { outcome: 'silent', attachmentId: id })).toMatchObject({
      status: 500,
      message: expect.stringMatching(new RegExp(`^Unable to create attachment for volume \\(.*${id}`)),
    });
  });

  const inError = (what: string) =>
    `Volume attachments can not be ${what} if the volume is in an error state. The Volume ${volume}`;
  const sentence = (operation: RefusedOperation, status: string, data = {}) =>
    faultOfRefusal(refuse('volume.wrong_status', { status }), volume, { operation, data }).message;

  test.each([
    [
      'create an attachment',
      'error_extending',
      {},
      `Invalid volume: ${inError('created')} currently has a status of: error_extending `,
    ],
    [
      'create an attachment',
      'in-use',
      { multiattach: false },
      `Invalid volume: Volume ${volume} status must be available to reserve, but the current status is in-use.`,
    ],
    [
      'create an attachment',
      'extending',
      { multiattach: true },
      `Invalid volume: Volume ${volume} status must be available or in-use to reserve, but the current status is extending.`,
    ],
    [
      'update an attachment',
      'error',
      {},
      `Unable to update attachment.(Invalid volume: ${inError('updated')} currently has a status of: error ).`,
    ],
    [
      'reserve a volume',
      'detaching',
      {},
      'Invalid volume: Volume status must be available to reserve, but the status is detaching.',
    ],
    ['detach a volume', 'maintenance', {}, 'Invalid volume: The volume cannot be detached in maintenance mode.'],
    [
      'attach a volume',
      'extending',
      {},
      `Invalid volume: the status of volume ${volume}, extending, does not allow this.`,
    ],
  ] as const)('%s of a volume that is %s', (operation, status, data, said) => {
    expect(sentence(operation, status, data)).toBe(said);
  });

  test('an attachment that is not there, and one that a server has, are told in Cinder’s words', () => {
    expect(faultOfRefusal(refuse('attachment.not_found', { attachmentId: id }), volume)).toEqual({
      status: 404,
      message: `Volume attachment could not be found with filter: attachment_id = ${id}.`,
    });
    expect(faultOfRefusal(refuse('attachment.used_by_server', { instanceId: instance }), volume)).toEqual({
      status: 409,
      message: `Detach volume from instance ${instance} using the Compute API`,
    });
  });
});
