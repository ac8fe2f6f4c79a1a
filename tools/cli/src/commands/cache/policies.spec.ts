import { apiOfEachTest } from '../../testing/api-of-each-test';
import { at, imageId, policy, policyId, pool, prefetch } from '../../testing/cache-fixtures';
import { runHearth } from '../../testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);

describe('policies', () => {
  const path = `/v3/cache/policies/${policyId}`;

  test('without a word more they are listed', async () => {
    api.givenBodies('GET /v3/cache/policies', { policies: [policy()] });
    expect((await hearth('cache', 'policies')).out).toContain('name debian-12');
    expect(JSON.parse((await hearth('cache', 'policies', '--json')).out)).toEqual([policy()]);
  });

  test('one is shown with the pools that it is about, and with what became of what it asked for', async () => {
    const failure = { code: 'image.download_failed', reason: 'the image service went away' } as const;
    const prefetches = [prefetch({ status: 'error', failure, requestedBy: { policyId }, endedAt: at })];
    const last = `GET /v3/cache/prefetches?policy_id=${policyId}&sort=requested_at:desc&limit=10`;
    api.givenBodies(`GET ${path}`, { policy: policy() });
    api.givenBodies(last, { prefetches });
    const { out } = await hearth('cache', 'policies', 'show', policyId);
    expect(out).toMatch(new RegExp(`which are +${pool}`));
    expect(out).toMatch(/tiny .* error +the image service went away/);
    expect(JSON.parse((await hearth('cache', 'policies', 'show', policyId, '--json')).out)).toEqual({
      ...policy(),
      prefetches,
    });
  });

  test('one that does nothing says so', async () => {
    api.givenBodies(`GET ${path}`, { policy: policy({ matchedPools: [] }) });
    api.givenBodies(`GET /v3/cache/prefetches?policy_id=${policyId}&sort=requested_at:desc&limit=10`, {
      prefetches: [],
    });
    const { out } = await hearth('cache', 'policies', 'show', policyId);
    expect(out).toMatch(/which are +none that has a cache now/);
    expect(out).toContain('It has asked for nothing yet.');
  });

  test('one is made of what the options say', async () => {
    api.given('POST /v3/cache/policies', { status: 201, body: { policy: policy() } });
    const options = ['--image-name', 'debian-12', '--property', 'a=b', '--keep', '2', '--every', '1h', '--pin'];
    expect((await hearth('cache', 'policies', 'create', 'debian', ...options)).code).toBe(0);
    expect(api.asked[0]?.body).toEqual({
      policy: {
        name: 'debian',
        image_name: 'debian-12',
        image_properties: { a: 'b' },
        keep: 2,
        pin: true,
        every_seconds: 3_600,
      },
    });
  });

  test('a change leaves the rest as it is', async () => {
    api.givenBodies(`GET ${path}`, { policy: policy() });
    api.givenBodies(`PUT ${path}`, { policy: policy({ enabled: false }) });
    await hearth('cache', 'policies', 'update', policyId, '--no-enabled');
    const rest = { name: 'debian', pools: ['*'], keep: 2, pin: false, every_seconds: 3_600 };
    expect(api.asked[1]?.body).toEqual({ policy: { ...rest, image_name: 'debian-12', enabled: false } });
  });

  test('another kind of selector takes the place of the one before', async () => {
    api.givenBodies(`GET ${path}`, { policy: policy() });
    api.givenBodies(`PUT ${path}`, { policy: policy() });
    await hearth('cache', 'policies', 'update', policyId, '--image', imageId);
    expect(api.asked[1]?.body).toMatchObject({ policy: { image_id: imageId } });
    expect(api.asked[1]?.body).not.toHaveProperty('policy.image_name');
  });

  test.each([
    ['create', 'debian'],
    ['update', policyId],
    ['create', 'debian', '--image', imageId, '--image-name', 'x'],
  ])('%s %s without what to do is wrong usage', async (...args) => {
    expect((await hearth('cache', 'policies', ...args)).code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  test('one is removed', async () => {
    api.given(`DELETE ${path}`, { status: 204 });
    expect((await hearth('cache', 'policies', 'delete', policyId)).code).toBe(0);
  });
});
