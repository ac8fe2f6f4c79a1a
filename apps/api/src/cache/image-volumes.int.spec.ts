import { admin, bodyOf, by, type CacheApi, startCacheApi } from '../testing/cache-api';
import { messageOf } from '../testing/test-api';
import { givenEntry } from '../testing/given-cache';

let house: CacheApi;
beforeAll(async () => {
  house = await startCacheApi();
}, 60_000);
afterAll(() => house.stop());

describe('J.8: an image-volume', () => {
  const mia = { token: 'internal:mia:member' };
  test('I.33: is listed for administrators among all volumes, and hidden from tenants', async () => {
    const { id, image } = await givenEntry(house, await house.newPool());
    expect((await house.api.get(`/v3/demo/volumes/${id}`)).status).toBe(404);
    const listed = async (path: string, asking = {}) =>
      bodyOf<{ volumes: object[] }>(await house.api.get(`/v3/${path}&name=image-${image.id}`, asking)).volumes;
    expect(await listed('demo/volumes?limit=9')).toEqual([]);
    expect(await listed('operators/volumes?all_tenants=1', admin)).toMatchObject([{ id }]);
    expect(await house.api.get(`/v3/operators/volumes/${id}`, admin)).toMatchObject({
      status: 200,
      body: { volume: { status: 'available', 'os-vol-tenant-attr:tenant_id': 'internal' } },
    });
  });

  test('P15: counts for the internal project, and never for a tenant', async () => {
    const usage = async (project: string) =>
      bodyOf<{ quota_set: { volumes: { in_use: number } } }>(
        await house.api.get(`/v3/operators/os-quota-sets/${project}?usage=true`, admin),
      ).quota_set.volumes.in_use;
    const [before, ofTenant] = [await usage('internal'), await usage('demo')];
    await givenEntry(house, await house.newPool());
    expect([await usage('internal'), await usage('demo')]).toEqual([before + 1, ofTenant]);
  });

  test('J.8: is deleted by an administrator as any volume, which evicts its entry before the backend removes it', async () => {
    const { id } = await givenEntry(house, await house.newPool());
    expect((await house.api.delete(`/v3/demo/volumes/${id}`)).status).toBe(404);
    expect((await house.api.delete(`/v3/operators/volumes/${id}`, admin)).status).toBe(202);
    expect(await house.get(`entries/${id}`)).toMatchObject({
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by } },
    });
    expect(await house.api.get(`/v3/operators/volumes/${id}`, admin)).toMatchObject({
      body: { volume: { status: 'deleting' } },
    });
    expect((await house.api.delete(`/v3/operators/volumes/${id}`, admin)).status).toBe(202);
  });

  test('is deleted by force too, by administrators alone', async () => {
    const force = { 'os-force_delete': {} };
    const forced = (id: string) => house.api.post(`/v3/operators/volumes/${id}/action`, force, admin);
    const { id } = await givenEntry(house, await house.newPool());
    expect((await house.api.post(`/v3/internal/volumes/${id}/action`, force, mia)).status).toBe(403);
    expect((await forced(id)).status).toBe(202);
    expect(await house.get(`entries/${id}`)).toMatchObject({
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by } },
    });
    expect((await forced(id)).status).toBe(202);
    const { id: filling } = await givenEntry(house, await house.newPool(), { ready: false });
    const refused = await forced(filling);
    expect([refused.status, messageOf(refused)]).toEqual([
      400,
      expect.stringMatching(/is being filled from its image/),
    ]);
  });

  test('that is being filled is not deleted, as no volume that is being created', async () => {
    const { id } = await givenEntry(house, await house.newPool(), { ready: false });
    const answer = await house.api.delete(`/v3/operators/volumes/${id}`, admin);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/status must be available or error/),
    ]);
  });

  test('of the internal project is not deleted by its members', async () => {
    const { id } = await givenEntry(house, await house.newPool());
    const answer = await house.api.delete(`/v3/internal/volumes/${id}`, mia);
    expect(answer.status).toBe(403);
  });

  test('is changed in no other way', async () => {
    const { id } = await givenEntry(house, await house.newPool());
    const answer = await house.api.post(`/v3/operators/volumes/${id}/action`, { 'os-extend': { new_size: 9 } }, admin);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(/entry of the image-volume cache/)]);
  });
});
