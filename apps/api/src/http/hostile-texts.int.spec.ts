import { routes } from '@hearth/cinder-v3';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
}, 60_000);
afterAll(() => house.stop());

const ofProject = routes.filter(({ path }) => path.startsWith('/v3/{project_id}/'));
const asked = { token: tokens.admin, headers: { 'openstack-api-version': 'volume 3.70' } };
const pathOf = (path: string, id: string) => path.replace('{project_id}', 'operators').replaceAll(/\{\w+\}/g, id);

/** A body that clients of Cinder can read: one key, with the status and a sentence. */
function isFault(body: unknown, status: number): boolean {
  const [fault] = Object.values((body ?? {}) as Readonly<Record<string, { code?: unknown; message?: unknown }>>);
  return fault?.code === status && typeof fault.message === 'string';
}

test.each(['%00', 'a%00b', '..%2F..', '%25', '%ED%A0%80', '%zz', '__proto__'])(
  'no id is an error of ours, whatever it is: %s',
  async (id) => {
    const odd: string[] = [];
    for (const { method, path } of ofProject) {
      const url = pathOf(path, id);
      const { status, body, text } = await house.api.ask(method, url, { ...asked, body: {} });
      if (status >= 500 || (status >= 400 && !isFault(body, status))) odd.push(`${method} ${url}: ${status} ${text}`);
    }
    expect(odd).toEqual([]);
  },
  60_000,
);

const names = ['marker', 'sort', 'host', 'name', 'name~', 'id', 'volume_type', 'metadata', 'status', 'usage', 'pool'];

test.each(['%00', '%ED%A0%80', encodeURIComponent("{'__proto__': 'x'}"), '9'.repeat(400)])(
  'nothing that a list is asked for is an error of ours: %s',
  async (value) => {
    const odd: string[] = [];
    for (const { path } of ofProject.filter(({ method }) => method === 'GET')) {
      for (const name of names) {
        const url = `${pathOf(path, 'x')}?${name}=${value}`;
        const { status, text } = await house.api.get(url, asked);
        if (status >= 500) odd.push(`${url}: ${status} ${text}`);
      }
    }
    expect(odd).toEqual([]);
  },
  60_000,
);
