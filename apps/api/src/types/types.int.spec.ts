import { exampleRequest } from '@hearth/domain/testing';
import { randomUUID } from 'node:crypto';
import { givenVolume } from '../testing/given-volume';
import { tokens } from '../testing/test-api';
import { admin, at, demoTypes, startTypesApi, types, type TypesApi, type VolumeType } from '../testing/types-api';

let house: TypesApi;
beforeAll(async () => {
  house = await startTypesApi();
}, 60_000);
afterAll(() => house.stop());

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
    const { id, name } = await house.givenType({
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
    const { id, name } = await house.givenType({ description: 'before' });
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
    const [standard] = await house.allOfName('__DEFAULT__');
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
    const { id } = await house.givenType();
    expect((await house.api.delete(types(`/${id}`), admin)).status).toBe(202);
    expect((await house.api.delete(types(`/${id}`), admin)).status).toBe(404);
    const used = await house.givenType();
    await givenVolume(house, { volumeType: { ...exampleRequest.volumeType, id: used.id, name: used.name } });
    expect(await house.api.delete(types(`/${used.id}`), admin)).toMatchObject({
      status: 400,
      body: { badRequest: { message: 'Target volume type is still in use.' } },
    });
    const [standard] = await house.allOfName('__DEFAULT__');
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
    expect((await house.givenType({ name: 'ü'.repeat(255) })).name).toHaveLength(255);
  });
});

describe('lists', () => {
  test('hold what the project may use; administrators ask for all or for those that are not public', async () => {
    const open = await house.givenType();
    const closed = await house.givenType({ 'os-volume-type-access:is_public': false });
    expect(await house.namesOf(types(), admin)).not.toContain(closed.name);
    expect(await house.namesOf(types('?is_public=None'), admin)).toEqual(
      expect.arrayContaining([open.name, closed.name]),
    );
    expect(await house.namesOf(types('?is_public=False'), admin)).not.toContain(open.name);
    expect(await house.namesOf(demoTypes('?is_public=None'), at(0, tokens.member))).not.toContain(closed.name);
    expect((await house.api.get(demoTypes(`/${closed.id}`), at(0, tokens.member))).status).toBe(404);
    expect((await house.api.get(types('?is_public=perhaps'), admin)).status).toBe(400);
  });

  test('come newest first, in pages with links', async () => {
    const [one, two] = [await house.givenType(), await house.givenType()];
    const first = await house.api.get(types('?limit=1'), admin);
    const { volume_types: listed, volume_type_links: links } = first.body as {
      volume_types: VolumeType[];
      volume_type_links: { rel: string; href: string }[];
    };
    expect(listed).toEqual([expect.objectContaining({ name: two.name })]);
    const { pathname, search } = new URL(links[0]!.href);
    expect(await house.namesOf(`${pathname}${search}`, admin)).toEqual([one.name]);
    expect(await house.api.get(types(`?marker=${randomUUID()}`), admin)).toMatchObject({
      status: 404,
      body: { itemNotFound: { message: expect.stringMatching(/^Volume type .* could not be found\.$/) } },
    });
    const names = await house.namesOf(types('?sort=name:asc'), admin);
    expect(names).toEqual([...names].sort());
  });

  test('are narrowed by extra specs from 3.52 on; what users may not see finds nothing', async () => {
    const { name } = await house.givenType({
      extra_specs: { 'RESKEY:availability_zones': 'west,east', volume_backend_name: 'rare' },
    });
    const filter = (specs: object) => `?extra_specs=${encodeURIComponent(JSON.stringify(specs))}`;
    const byZone = filter({ 'RESKEY:availability_zones': 'east' });
    const byBackend = filter({ volume_backend_name: 'rare' });
    expect(await house.namesOf(types(byZone), admin)).toEqual([name]);
    expect(await house.namesOf(types(byBackend), admin)).toEqual([name]);
    expect(await house.namesOf(demoTypes(byZone), at(52, tokens.member))).toEqual([name]);
    expect(await house.namesOf(demoTypes(byBackend), at(52, tokens.member))).toEqual([]);
    expect((await house.namesOf(demoTypes(byZone), at(51, tokens.member))).length).toBeGreaterThan(1);
    expect(await house.namesOf(types('?nonsense=1'), admin)).toEqual([]);
    expect((await house.api.get(demoTypes('?name=x'), at(52, tokens.member))).status).toBe(400);
    expect((await house.api.get(types('?extra_specs=nonsense'), admin)).status).toBe(400);
  });
});
