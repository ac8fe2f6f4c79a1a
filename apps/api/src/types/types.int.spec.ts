import { exampleRequest } from '@hearth/domain/testing';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenVolume } from '../testing/given-volume';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
}, 60_000);
afterAll(() => house.stop());

const at = (minor: number, token: string = tokens.admin): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});
const admin = at(70);
const types = (rest = '') => `/v3/operators/types${rest}`;
const demoTypes = (rest = '') => `/v3/demo/types${rest}`;

interface Type {
  readonly id: string;
  readonly name: string;
}

async function givenType(fields: object = {}): Promise<Type> {
  const { status, body } = await house.api.post(types(), { volume_type: { name: randomUUID(), ...fields } }, admin);
  expect(status).toBe(200);
  return (body as { volume_type: Type }).volume_type;
}

async function namesOf(path: string, asking: Asking): Promise<readonly string[]> {
  const { status, body } = await house.api.get(path, asking);
  expect(status).toBe(200);
  return (body as { volume_types: Type[] }).volume_types.map(({ name }) => name);
}

describe('a type', () => {
  test('is answered as Cinder answers its creation', async () => {
    const sent = { name: 't1', description: 't', 'os-volume-type-access:is_public': true };
    const { status, body } = await house.api.post(types(), { volume_type: sent }, admin);
    expect(status).toBe(200);
    expect(body).toEqual({
      volume_type: {
        id: expect.any(String),
        name: 't1',
        is_public: true,
        extra_specs: {},
        description: 't',
        'os-volume-type-access:is_public': true,
      },
    });
    const again = await house.api.post(types(), { volume_type: { name: 't1' } }, admin);
    expect(again).toMatchObject({
      status: 409,
      body: { conflictingRequest: { message: 'Volume Type t1 already exists.' } },
    });
  });

  test('is shown by its id alone; what the caller may see depends on its roles', async () => {
    const { id, name } = await givenType({
      extra_specs: { volume_backend_name: 'rbd', multiattach: '<is> True' },
    });
    const shown = async (token: string, project: string) =>
      (await house.api.get(`/v3/${project}/types/${id}`, at(0, token))).body;
    const common = { id, name, is_public: true, description: null };
    expect(await shown(tokens.admin, 'operators')).toEqual({
      volume_type: {
        ...common,
        extra_specs: { volume_backend_name: 'rbd', multiattach: '<is> True' },
        qos_specs_id: null,
        'os-volume-type-access:is_public': true,
      },
    });
    const users = { ...common, extra_specs: { multiattach: '<is> True' } };
    expect(await shown(tokens.member, 'demo')).toEqual({
      volume_type: { ...users, 'os-volume-type-access:is_public': true },
    });
    expect(await shown(tokens.reader, 'demo')).toEqual({ volume_type: users });
    expect(await house.api.get(types(`/${name}`), admin)).toMatchObject({
      status: 404,
      body: { itemNotFound: { message: `Volume type ${name} could not be found.` } },
    });
  });

  test('changes by what is named; null leaves a field as it was', async () => {
    const { id, name } = await givenType({ description: 'before' });
    const change = (fields: object) => house.api.put(types(`/${id}`), { volume_type: fields }, admin);
    expect((await change({ name: 'renamed', description: null })).body).toEqual({
      volume_type: { id, name: 'renamed', is_public: true, extra_specs: {}, description: 'before' },
    });
    expect((await change({ name, is_public: 'no' })).body).toMatchObject({ volume_type: { name, is_public: false } });
    expect((await change({})).body).toEqual({
      badRequest: {
        code: 400,
        message: 'Specify volume type name, description, is_public or a combination thereof.',
      },
    });
    expect((await change({ name: '  ' })).status).toBe(400);
    expect((await change({ name: '__DEFAULT__' })).status).toBe(409);
  });

  test('keeps its name while volumes that name none are of it', async () => {
    const [standard] = await allOfName('__DEFAULT__');
    const change = (fields: object) => house.api.put(types(`/${standard!.id}`), { volume_type: fields }, admin);
    expect((await change({ name: 'other' })).body).toEqual({
      badRequest: {
        code: 400,
        message: `The volume type ${standard!.id} is a default volume type and cannot be renamed.`,
      },
    });
    expect((await change({ name: '__DEFAULT__', description: 'as ever' })).status).toBe(200);
  });

  test('is deleted unless it is in use or a default', async () => {
    const { id } = await givenType();
    expect((await house.api.delete(types(`/${id}`), admin)).status).toBe(202);
    expect((await house.api.delete(types(`/${id}`), admin)).status).toBe(404);
    const used = await givenType();
    await givenVolume(house, { volumeType: { ...exampleRequest.volumeType, id: used.id, name: used.name } });
    expect(await house.api.delete(types(`/${used.id}`), admin)).toMatchObject({
      status: 400,
      body: { badRequest: { message: 'Target volume type is still in use.' } },
    });
    const [standard] = await allOfName('__DEFAULT__');
    expect(await house.api.delete(types(`/${standard!.id}`), admin)).toMatchObject({
      status: 400,
      body: {
        badRequest: { message: `The volume type ${standard!.id} is a default volume type and cannot be deleted.` },
      },
    });
  });

  test.each([
    [{}],
    [{ name: '' }],
    [{ name: ' ' }],
    [{ name: 'x'.repeat(256) }],
    [{ name: 'a\0b' }],
    [{ name: 'x', description: 'line\nline' }],
    [{ name: 'x', more: 1 }],
    [{ name: 'x', extra_specs: { 'a*': 'b' } }],
    [{ name: 'x', extra_specs: { a: 1 } }],
    [{ name: 'x', extra_specs: { multiattach: '<is> True', cacheable: '<is> True' } }],
    [{ name: 'x', 'os-volume-type-access:is_public': 'perhaps' }],
  ])('%j is refused with 400', async (fields) => {
    expect((await house.api.post(types(), { volume_type: fields }, admin)).status).toBe(400);
  });

  test('a name of 255 characters is one', async () => {
    expect((await givenType({ name: 'ü'.repeat(255) })).name).toHaveLength(255);
  });
});

async function allOfName(name: string): Promise<readonly Type[]> {
  const { body } = await house.api.get(types(`?name=${name}&is_public=None`), admin);
  return (body as { volume_types: Type[] }).volume_types;
}

describe('lists', () => {
  test('hold what the project may use; administrators ask for all or for those that are not public', async () => {
    const open = await givenType();
    const closed = await givenType({ 'os-volume-type-access:is_public': false });
    expect(await namesOf(types(), admin)).not.toContain(closed.name);
    expect(await namesOf(types('?is_public=None'), admin)).toEqual(expect.arrayContaining([open.name, closed.name]));
    expect(await namesOf(types('?is_public=False'), admin)).not.toContain(open.name);
    expect(await namesOf(demoTypes('?is_public=None'), at(0, tokens.member))).not.toContain(closed.name);
    expect((await house.api.get(demoTypes(`/${closed.id}`), at(0, tokens.member))).status).toBe(404);
    expect((await house.api.get(types('?is_public=perhaps'), admin)).status).toBe(400);
  });

  test('come newest first, in pages with links', async () => {
    const [one, two] = [await givenType(), await givenType()];
    const first = await house.api.get(types('?limit=1'), admin);
    const { volume_types: listed, volume_type_links: links } = first.body as {
      volume_types: Type[];
      volume_type_links: { rel: string; href: string }[];
    };
    expect(listed).toEqual([expect.objectContaining({ name: two.name })]);
    const { pathname, search } = new URL(links[0]!.href);
    expect(await namesOf(`${pathname}${search}`, admin)).toEqual([one.name]);
    expect(await house.api.get(types(`?marker=${randomUUID()}`), admin)).toMatchObject({
      status: 404,
      body: { itemNotFound: { message: expect.stringMatching(/^Volume type .* could not be found\.$/) } },
    });
    const names = await namesOf(types('?sort=name:asc'), admin);
    expect(names).toEqual([...names].sort());
  });

  test('are narrowed by extra specs from 3.52 on; what users may not see finds nothing', async () => {
    const { name } = await givenType({
      extra_specs: { 'RESKEY:availability_zones': 'west,east', volume_backend_name: 'rare' },
    });
    const filter = (specs: object) => `?extra_specs=${encodeURIComponent(JSON.stringify(specs))}`;
    const byZone = filter({ 'RESKEY:availability_zones': 'east' });
    const byBackend = filter({ volume_backend_name: 'rare' });
    expect(await namesOf(types(byZone), admin)).toEqual([name]);
    expect(await namesOf(types(byBackend), admin)).toEqual([name]);
    expect(await namesOf(demoTypes(byZone), at(52, tokens.member))).toEqual([name]);
    expect(await namesOf(demoTypes(byBackend), at(52, tokens.member))).toEqual([]);
    expect((await namesOf(demoTypes(byZone), at(51, tokens.member))).length).toBeGreaterThan(1);
    expect(await namesOf(types('?nonsense=1'), admin)).toEqual([]);
    expect((await house.api.get(demoTypes('?name=x'), at(52, tokens.member))).status).toBe(400);
    expect((await house.api.get(types('?extra_specs=nonsense'), admin)).status).toBe(400);
  });
});

describe('extra specs', () => {
  test('are added, changed, shown and deleted one by one', async () => {
    const { id } = await givenType();
    const specs = types(`/${id}/extra_specs`);
    const added = await house.api.post(specs, { extra_specs: { k: 'v', other: 'x' } }, admin);
    expect(added).toMatchObject({ status: 200, body: { extra_specs: { k: 'v', other: 'x' } } });
    expect((await house.api.put(`${specs}/k`, { k: 'w' }, admin)).body).toEqual({ k: 'w' });
    expect((await house.api.get(`${specs}/k`, admin)).body).toEqual({ k: 'w' });
    expect((await house.api.get(specs, admin)).body).toEqual({ extra_specs: { k: 'w', other: 'x' } });
    expect((await house.api.delete(`${specs}/k`, admin)).status).toBe(202);
    expect(await house.api.get(`${specs}/k`, admin)).toMatchObject({
      status: 404,
      body: { itemNotFound: { message: `Volume Type ${id} has no extra specs with key k.` } },
    });
    expect((await house.api.delete(`${specs}/k`, admin)).status).toBe(404);
    expect((await house.api.put(`${specs}/k`, { other: 'x' }, admin)).body).toEqual({
      badRequest: { code: 400, message: 'Request body and URI mismatch' },
    });
  });

  test('users see those that tell what can be done with a volume', async () => {
    const { id } = await givenType({ extra_specs: { multiattach: '<is> True', secret: 'x' } });
    const specs = demoTypes(`/${id}/extra_specs`);
    const member = at(70, tokens.member);
    expect((await house.api.get(specs, member)).body).toEqual({ extra_specs: { multiattach: '<is> True' } });
    expect((await house.api.get(`${specs}/secret`, member)).status).toBe(404);
    expect((await house.api.post(specs, { extra_specs: { a: 'b' } }, member)).status).toBe(403);
    expect((await house.api.delete(`${specs}/multiattach`, member)).status).toBe(403);
  });

  test('stay as they are while volumes have the type, and together make sense', async () => {
    const used = await givenType({ extra_specs: { k: 'v' } });
    await givenVolume(house, { volumeType: { ...exampleRequest.volumeType, id: used.id, name: used.name } });
    const inUse = { status: 400, body: { badRequest: { message: 'Volume Type is currently in use.' } } };
    const specs = types(`/${used.id}/extra_specs`);
    expect(await house.api.post(specs, { extra_specs: { a: 'b' } }, admin)).toMatchObject(inUse);
    expect(await house.api.delete(`${specs}/k`, admin)).toMatchObject(inUse);
    const { id } = await givenType({ extra_specs: { multiattach: '<is> True' } });
    const both = await house.api.put(types(`/${id}/extra_specs/cacheable`), { cacheable: '<is> True' }, admin);
    expect(both).toMatchObject({
      status: 400,
      body: { badRequest: { message: 'cacheable cannot be set with multiattach.' } },
    });
  });
});

describe('access', () => {
  const project = randomUUID();

  test('is given to projects and taken from them', async () => {
    const { id } = await givenType({ 'os-volume-type-access:is_public': false });
    const act = (body: object) => house.api.post(types(`/${id}/action`), body, admin);
    expect((await act({ addProjectAccess: { project } })).status).toBe(202);
    expect(await act({ addProjectAccess: { project } })).toMatchObject({
      status: 409,
      body: {
        conflictingRequest: {
          message: `Volume type access for ${id} / ${project} combination already exists.`,
        },
      },
    });
    expect((await house.api.get(types(`/${id}/os-volume-type-access`), admin)).body).toEqual({
      volume_type_access: [{ volume_type_id: id, project_id: project }],
    });
    const theirs = at(70, `${project}:pat:member`);
    expect((await house.api.get(`/v3/${project}/types/${id}`, theirs)).status).toBe(200);
    expect((await act({ removeProjectAccess: { project } })).status).toBe(202);
    expect((await act({ removeProjectAccess: { project } })).status).toBe(404);
    expect((await house.api.get(`/v3/${project}/types/${id}`, theirs)).status).toBe(404);
  });

  test('to a public type is nothing that can be given or listed', async () => {
    const { id } = await givenType();
    const given = await house.api.post(types(`/${id}/action`), { addProjectAccess: { project } }, admin);
    expect(given.body).toEqual({
      badRequest: {
        code: 400,
        message: 'Invalid volume type: Type access modification is not applicable to public volume type.',
      },
    });
    expect((await house.api.get(types(`/${id}/os-volume-type-access`), admin)).body).toEqual({
      itemNotFound: { code: 404, message: 'Access list not available for public volume types.' },
    });
  });

  test.each([[{ addProjectAccess: { project: 'demo' } }], [{ addProjectAccess: {} }], [{ addNothing: {} }], [{}]])(
    '%j is refused with 400',
    async (body) => {
      const { id } = await givenType({ 'os-volume-type-access:is_public': false });
      expect((await house.api.post(types(`/${id}/action`), body, admin)).status).toBe(400);
    },
  );
});

describe('encryption', () => {
  const luks = { provider: 'luks', cipher: 'aes-xts-plain64', key_size: '256', control_location: 'front-end' };

  test('is set, shown, changed and taken away', async () => {
    const { id } = await givenType();
    const path = types(`/${id}/encryption`);
    expect((await house.api.get(path, admin)).body).toEqual({});
    const created = await house.api.post(path, { encryption: luks }, admin);
    expect(created).toMatchObject({
      status: 200,
      body: { encryption: { ...luks, key_size: 256, volume_type_id: id, encryption_id: expect.any(String) } },
    });
    const { encryption_id: encryptionId } = (created.body as { encryption: { encryption_id: string } }).encryption;
    expect((await house.api.post(path, { encryption: luks }, admin)).status).toBe(400);
    const changed = await house.api.put(`${path}/${encryptionId}`, { encryption: { key_size: null } }, admin);
    expect(changed.body).toEqual({ encryption: { key_size: null } });
    expect((await house.api.get(path, admin)).body).toEqual({
      created_at: expect.stringMatching(/000$/),
      updated_at: expect.stringMatching(/000$/),
      deleted_at: null,
      deleted: false,
      encryption_id: encryptionId,
      volume_type_id: id,
      cipher: 'aes-xts-plain64',
      control_location: 'front-end',
      key_size: null,
      provider: 'luks',
    });
    expect((await house.api.get(`${path}/provider`, admin)).body).toEqual({ provider: 'luks' });
    expect((await house.api.get(`${path}/nonsense`, admin)).status).toBe(404);
    expect((await house.api.delete(`${path}/${encryptionId}`, admin)).status).toBe(202);
    expect(await house.api.delete(`${path}/${encryptionId}`, admin)).toMatchObject({
      status: 404,
      body: { itemNotFound: { message: `Volume type encryption for type ${id} does not exist.` } },
    });
  });

  test('of a type that volumes have stays as it is', async () => {
    const used = await givenType();
    await givenVolume(house, { volumeType: { ...exampleRequest.volumeType, id: used.id, name: used.name } });
    expect((await house.api.post(types(`/${used.id}/encryption`), { encryption: luks }, admin)).body).toEqual({
      badRequest: { code: 400, message: 'Cannot create encryption specs. Volume type in use.' },
    });
  });

  test.each([
    [{ ...luks, key_size: 'many' }],
    [{ ...luks, key_size: 2 ** 31 }],
    [{ ...luks, control_location: 'nowhere' }],
    [{ provider: 'luks' }],
  ])('%j is refused with 400', async (encryption) => {
    const { id } = await givenType();
    expect((await house.api.post(types(`/${id}/encryption`), { encryption }, admin)).status).toBe(400);
  });
});

describe('default types', () => {
  const ofProject = '/v3/default-types/demo';

  test("a project's own default comes before that of all, from 3.62 on", async () => {
    const { id, name } = await givenType();
    const before = await house.api.get(demoTypes('/default'), at(0, tokens.reader));
    expect(before.body).toMatchObject({ volume_type: { name: '__DEFAULT__' } });
    expect(before.body).not.toHaveProperty(['volume_type', 'os-volume-type-access:is_public']);
    const own = { default_type: { project_id: 'demo', volume_type_id: id } };
    const set = await house.api.put(ofProject, { default_type: { volume_type: name } }, admin);
    expect(set).toMatchObject({ status: 200, body: own });
    expect((await house.api.get(ofProject, admin)).body).toEqual(own);
    expect((await house.api.get('/v3/default-types', admin)).body).toEqual({ default_types: [own.default_type] });
    expect((await house.api.get(demoTypes('/default'), at(0, tokens.reader))).body).toMatchObject({
      volume_type: { name },
    });
    expect((await house.api.delete(types(`/${id}`), admin)).status).toBe(400);
    expect((await house.api.delete(ofProject, admin)).status).toBe(204);
    expect((await house.api.delete(ofProject, admin)).status).toBe(204);
    expect((await house.api.get(ofProject, admin)).body).toEqual({
      itemNotFound: { code: 404, message: 'Default type for project demo not found.' },
    });
  });

  test('are the same with the project that asks in the path', async () => {
    const { id } = await givenType();
    const path = '/v3/operators/default-types';
    expect((await house.api.put(`${path}/demo`, { default_type: { volume_type: id } }, admin)).status).toBe(200);
    const own = { project_id: 'demo', volume_type_id: id };
    expect((await house.api.get(path, admin)).body).toEqual({ default_types: [own] });
    expect((await house.api.get(`${path}/demo`, admin)).body).toEqual({ default_type: own });
    expect((await house.api.delete(`${path}/demo`, admin)).status).toBe(204);
    expect((await house.api.get(`${path}/demo`, admin)).status).toBe(404);
    expect((await house.api.get('/v3/demo/default-types', at(70, tokens.member))).status).toBe(403);
  });

  test('one that does not exist is refused, and none are known before', async () => {
    const unknown = await house.api.put(ofProject, { default_type: { volume_type: 'none' } }, admin);
    expect(unknown.body).toEqual({
      badRequest: { code: 400, message: 'Volume type with name none could not be found.' },
    });
    expect((await house.api.put(ofProject, {}, admin)).status).toBe(400);
    expect((await house.api.get(ofProject, at(61))).status).toBe(404);
    expect((await house.api.get(ofProject, at(62, tokens.member))).status).toBe(403);
  });
});
