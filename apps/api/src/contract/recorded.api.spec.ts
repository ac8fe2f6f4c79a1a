import { badRequest } from '@hearth/cinder-v3';
import type { ImageIdentity } from '@hearth/contracts';
import { volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import type { VolumeRow } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { imageIdentity } from '../testing/fakes';
import { TestApi } from '../testing/test-api';
import { volumeRow } from '../testing/volume-rows';
import { type Recorded, recorded, sameShape } from './recorded';

// What a real Cinder was asked is asked here, and answered alike: refusals to the letter, successes in their form.

const admins = 'a18239d95e974fa589d416df9253d937';
const demos = '0ff5c9b3deac43b68e3a2e87012f0b74';
const adminToken = `${admins}:root:admin`;
const demoToken = `${demos}:demo:member`;
const GiB = 2 ** 30;

/** What stood in that Cinder when the step was taken. */
const volumes: VolumeRow[] = [
  ['a0efdc3e-1847-453c-8779-38f405b244b1', 'img3'],
  ['b0b6b7b1-7d65-45c6-ba6f-04a17aa78527', 'img2'],
  ['0efd9606-a810-4e5a-b8f2-467164f380d3', 'img1'],
  ['301e8e2b-ebda-43e2-a0d3-1f7bc2743e17', 'blank1'],
].map(([id, name]) => volumeRow({ id, name, projectId: admins }));

const demoVolume = volumeRow({ id: '61d8190f-b0f0-42fa-9bc2-146acce98c61', name: 'demo1', projectId: demos });

const images: Readonly<Record<string, { status?: string } & Partial<ImageIdentity>>> = {
  '533ef249-e7e6-476f-ae5c-155c354defa4': {},
  '54367851-d703-42b2-bc79-5c1b9e1e3e4f': { status: 'queued' },
  'a80d4947-7208-4597-aa03-3a0e03483a7f': { status: 'deactivated' },
  '146cbe46-c315-4c3b-a4cb-5caf340ce4f5': { minDiskGib: 5 },
  '840eb7bf-24ae-40aa-b248-fb3e42bf3b66': { sizeBytes: 2 * GiB },
};

const exceeded = {
  '101-over-quota-volumes-413': { exceeded: 'volumes', limit: 1, used: 1, requested: 1 },
  '103-over-quota-gigabytes-413': { exceeded: 'gigabytes', limit: 3, used: 1, requested: 5 },
} as const;

/** Steps whose list was empty, or whose volumes were gone. */
const withoutVolumes = ['041-volume-list-demo-sees-nothing'];

let api: TestApi;
beforeEach(async () => {
  api = await TestApi.start();
  api.images.resolve = async (reference) => {
    const known = images[reference];
    if (!known) throw badRequest('Invalid image identifier or unable to access requested image.');
    const { status = 'active', ...identity } = known;
    return { status, identity: imageIdentity({ id: reference, ...identity }) };
  };
});
afterEach(() => api.stop());

function tokenOf({ step, request }: Recorded): string | null {
  if (step.endsWith('no-token-401') || /^00[1-5]/.test(step)) return null;
  if (step.endsWith('bad-token-401')) return 'nonsense';
  if (step === '109-project-mismatch-in-path') return demoToken;
  return request.path.includes(demos) ? demoToken : adminToken;
}

/** The volume that a step names as its source. */
async function makeSource(): Promise<void> {
  const request = { ...exampleRequest, volumeId: volumes[3]!.id as VolumeId, projectId: admins as ProjectId };
  const environment = { store: api.store, now: () => '2026-11-21T00:00:00.000Z', newId: randomUUID };
  const stream = { category: 'volume', id: request.volumeId } as const;
  await runCommand(environment, volumeDecider, stream, { do: 'RequestVolume', request });
}

async function replay(exchange: Recorded) {
  const { step, request } = exchange;
  if (step === '157-error-two-sources') await makeSource();
  api.reads.volumes = withoutVolumes.includes(step) ? [] : [...volumes, demoVolume];
  if (step in exceeded) api.quota.exceeded = exceeded[step as keyof typeof exceeded];
  const isText = typeof request.body === 'object' && request.body !== null && '_bytes' in request.body;
  return api.ask(request.method, request.path, {
    token: tokenOf(exchange),
    headers: { ...request.headers, host: '127.0.0.1:18777' },
    body: isText ? '{nope' : (request.body ?? undefined),
  });
}

const refused = recorded.filter(({ response }) => response.status >= 400);
const served = recorded.filter(({ response }) => response.status < 400);
/** Deletes need a volume in the log; they have a spec of their own. */
const shown = served.filter(({ request }) => request.method !== 'DELETE');

test.each(refused.map((exchange) => [exchange.step, exchange] as const))(
  '%s is refused in the same words',
  async (_step, exchange) => {
    const answer = await replay(exchange);
    expect([answer.status, answer.body]).toEqual([exchange.response.status, exchange.response.body]);
    for (const [name, value] of Object.entries(exchange.response.headers)) {
      expect([name, String(answer.headers[name.toLowerCase()]).replace(/; charset=.*/, '')]).toEqual([name, value]);
    }
  },
);

test.each(shown.map((exchange) => [exchange.step, exchange] as const))(
  '%s has the same form',
  async (_step, exchange) => {
    const answer = await replay(exchange);
    expect(answer.status).toBe(exchange.response.status);
    if (!sameShape(answer.body, exchange.response.body)) expect(answer.body).toEqual(exchange.response.body);
    const speaks = exchange.response.headers['OpenStack-API-Version'];
    expect(answer.headers['openstack-api-version']).toBe(speaks);
  },
);

test.each(['022-volume-list-limit-marker', '024-volume-list-detail-page1', '036-volume-list-with-count'])(
  '%s links to the same next page',
  async (step) => {
    const exchange = recorded.find((one) => one.step === step)!;
    api.reads.volumes = [...volumes];
    const answer = await replay({ ...exchange, step });
    const wanted = exchange.response.body as { volumes_links: unknown };
    expect(answer.body).toMatchObject({ volumes_links: wanted.volumes_links });
  },
);
