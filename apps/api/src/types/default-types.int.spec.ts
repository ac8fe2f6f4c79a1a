import { tokens } from '../testing/test-api';
import { admin, at, demoTypes, startTypesApi, types, type TypesApi } from '../testing/types-api';

let house: TypesApi;
beforeAll(async () => {
  house = await startTypesApi();
}, 60_000);
afterAll(() => house.stop());

describe('default types', () => {
  const ofProject = '/v3/default-types/demo';

  test("a project's own default comes before that of all, from 3.62 on", async () => {
    const { id, name } = await house.givenType();
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
    const { id } = await house.givenType();
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
