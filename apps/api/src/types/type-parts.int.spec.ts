import { exampleRequest } from '@hearth/domain/testing';
import { randomUUID } from 'node:crypto';
import { givenVolume } from '../testing/given-volume';
import { tokens } from '../testing/test-api';
import { admin, at, demoTypes, startTypesApi, types, type TypesApi } from '../testing/types-api';

let house: TypesApi;
beforeAll(async () => {
  house = await startTypesApi();
}, 60_000);
afterAll(() => house.stop());

describe('extra specs', () => {
  test('are added, changed, shown and deleted one by one', async () => {
    const { id } = await house.givenType();
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
    const { id } = await house.givenType({ extra_specs: { multiattach: '<is> True', secret: 'x' } });
    const specs = demoTypes(`/${id}/extra_specs`);
    const member = at(70, tokens.member);
    expect((await house.api.get(specs, member)).body).toEqual({ extra_specs: { multiattach: '<is> True' } });
    expect((await house.api.get(`${specs}/secret`, member)).status).toBe(404);
    expect((await house.api.post(specs, { extra_specs: { a: 'b' } }, member)).status).toBe(403);
    expect((await house.api.delete(`${specs}/multiattach`, member)).status).toBe(403);
  });

  test('stay as they are while volumes have the type, and together make sense', async () => {
    const used = await house.givenType({ extra_specs: { k: 'v' } });
    await givenVolume(house, { volumeType: { ...exampleRequest.volumeType, id: used.id, name: used.name } });
    const inUse = { status: 400, body: { badRequest: { message: 'Volume Type is currently in use.' } } };
    const specs = types(`/${used.id}/extra_specs`);
    expect(await house.api.post(specs, { extra_specs: { a: 'b' } }, admin)).toMatchObject(inUse);
    expect(await house.api.delete(`${specs}/k`, admin)).toMatchObject(inUse);
    const { id } = await house.givenType({ extra_specs: { multiattach: '<is> True' } });
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
    const { id } = await house.givenType({ 'os-volume-type-access:is_public': false });
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
    const { id } = await house.givenType();
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
      const { id } = await house.givenType({ 'os-volume-type-access:is_public': false });
      expect((await house.api.post(types(`/${id}/action`), body, admin)).status).toBe(400);
    },
  );
});

describe('encryption', () => {
  const luks = { provider: 'luks', cipher: 'aes-xts-plain64', key_size: '256', control_location: 'front-end' };

  test('is set, shown, changed and taken away', async () => {
    const { id } = await house.givenType();
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
    const used = await house.givenType();
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
    const { id } = await house.givenType();
    expect((await house.api.post(types(`/${id}/encryption`), { encryption }, admin)).status).toBe(400);
  });
});
