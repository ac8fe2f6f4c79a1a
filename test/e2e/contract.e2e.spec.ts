import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import { join } from 'node:path';
import { type Glance, startGlance } from '../real/glance';
import { type Answer, differencesBetween } from './contract/compare';
import { differences } from './contract/differences';
import { type Exchange, exchanges } from './contract/exchange';
import { RecordedIds } from './contract/recorded-ids';
import { startTestStack, type TestStack } from './stack';

// Every exchange recorded from a real Cinder is replayed, in its order, against the real apps and a real Glance. What a client
// reads has to be the same: status, keys and types, headers, and the values that are no accident.

jest.setTimeout(300_000);

const admins = 'a18239d95e974fa589d416df9253d937';
const demos = '0ff5c9b3deac43b68e3a2e87012f0b74';
const adminToken = `${admins}:187fec75de764185abb4c2bd75d25c7a:admin`;
const demoToken = `${demos}:demo:member`;
const typeId = 'a6d8f414-1eb5-45aa-b09e-de3a4b83a5fe';

let directory: TemporaryDirectory;
/** With reflink: a volume in use can grow there, as on the recorded backend. */
let filesystem: MountedFilesystem;
let glance: Glance;
let stack: TestStack;
const ids = new RecordedIds();

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-contract-');
  filesystem = await withFilesystem('xfs', { sizeMib: 4 * 1024 });
  glance = await startGlance({ directory: join(directory.path, 'glance') });
  await makeImages();
  stack = await startTestStack({
    imageServiceUrl: glance.url,
    backendDirectory: filesystem.directory,
    quota: 'as shipped',
    envOf: { api: { HEARTH_DEFAULT_VOLUME_TYPE: 'rbd' } },
  });
  await makeType();
});

afterAll(async () => {
  await stack?.stop();
  await glance?.stop();
  await filesystem?.stop();
  await directory?.remove();
});

/** The images that stood in the recorded Glance, under their ids. */
async function makeImages(): Promise<void> {
  const small = join(directory.path, 'small.raw');
  const large = join(directory.path, 'large.raw');
  await runProgram(['qemu-img', 'create', '-f', 'raw', small, '16M']);
  await runProgram(['qemu-img', 'create', '-f', 'raw', large, '1100M']);
  const raw = { diskFormat: 'raw', data: { file: small } };
  const { images } = glance;
  await images.create({ id: '533ef249-e7e6-476f-ae5c-155c354defa4', name: 'tiny', ...raw });
  await images.create({ id: '54367851-d703-42b2-bc79-5c1b9e1e3e4f', name: 'queued', diskFormat: 'raw' });
  await images.create({ id: 'a80d4947-7208-4597-aa03-3a0e03483a7f', name: 'deactivated', ...raw });
  await images.deactivate('a80d4947-7208-4597-aa03-3a0e03483a7f');
  await images.create({ id: '146cbe46-c315-4c3b-a4cb-5caf340ce4f5', name: 'min-disk', minDiskGib: 5, ...raw });
  const two = { id: '840eb7bf-24ae-40aa-b248-fb3e42bf3b66', name: 'large', diskFormat: 'raw' };
  await images.create({ ...two, data: { file: large } });
  const bogus = { bytes: Buffer.from('this is no disk') };
  await images.create({ id: '044d89d5-8070-4dd7-ab50-10c6a4964c7b', name: 'bogus', diskFormat: 'qcow2', data: bogus });
}

async function makeType(): Promise<void> {
  const body = { volume_type: { name: 'rbd', extra_specs: { volume_backend_name: 'file' } } };
  const made = await send('POST', `/v3/${admins}/types`, { body, token: adminToken });
  ids.learn({ volume_type: { id: typeId } }, made.body);
}

interface Sent {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(method: string, path: string, { token = adminToken, body, headers = {} }: Sent): Promise<Answer> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers, ...(token !== null && { 'x-auth-token': token }) },
    ...(body !== undefined && body !== null && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isJson ? JSON.parse(text) : null,
  };
}

function tokenOf({ step, request }: Exchange): string | null {
  if (step.endsWith('no-token-401') || request.headers['X-Auth-Token'] === undefined) return null;
  if (step.endsWith('bad-token-401')) return 'nonsense';
  if (step === '109-project-mismatch-in-path') return demoToken;
  return request.path.includes(`/v3/${demos}`) ? demoToken : adminToken;
}

/** The host and backend of the recording, and those here. */
const hosts = { 'peer@rbd': 'store-01@file' };

async function replay(exchange: Exchange): Promise<Answer> {
  const { method, path, headers, body } = exchange.request;
  const version = headers['OpenStack-API-Version'];
  const isNoJson = typeof body === 'object' && body !== null && '_bytes' in body;
  const answer = await send(method, ids.speak(path, hosts), {
    token: tokenOf(exchange),
    body: isNoJson ? '{nope' : ids.speak(body, hosts),
    headers: {
      ...(version !== undefined && { 'openstack-api-version': version }),
      ...(headers['X-Service-Token'] !== undefined && { 'x-service-token': `${admins}:nova:service` }),
    },
  });
  if (method === 'POST') ids.learn(exchange.response.body, answer.body);
  return answer;
}

const passing = /ing$/;
const waiting = ['attaching', 'detaching', 'awaiting-transfer'];

/** An upload to a real Glance takes its time on a machine that is busy. */
const patience = { timeoutMs: 120_000 };

/** The recorded client waited until the step before was done. */
async function settled(): Promise<void> {
  await eventually(async () => {
    for (const what of ['volumes', 'snapshots']) {
      const { body } = await send('GET', `/v3/${admins}/${what}/detail?all_tenants=1`, {});
      const all = (body as Readonly<Record<string, readonly { status: string }[]>>)[what] ?? [];
      if (all.some(({ status }) => passing.test(status) && !waiting.includes(status))) return false;
    }
    return true;
  }, patience);
}

/** What the recording has from before its first step: the copy in the cache. */
async function before(step: string): Promise<void> {
  if (step !== '018-cache-entry-volume-as-admin') return;
  const { body } = await send('GET', '/v3/cache/entries', {});
  const [entry] = (body as { readonly entries: readonly { readonly image_volume_id: string }[] }).entries;
  ids.note('ec24550f-4bb3-40a6-9b0f-ac27e8eaa1ee', entry!.image_volume_id);
}

test.each(exchanges.map((exchange) => [exchange.step, exchange] as const))('%s', async (step, exchange) => {
  const isWrite = exchange.request.method !== 'GET' && exchange.response.status < 400;
  if (isWrite || exchange.response.status < 400) await settled();
  await before(step);
  const answer = await replay(exchange);
  const found = differencesBetween(ids.speak(exchange.response), ids.speak(answer));
  expect(found).toEqual(differences[step]?.seen ?? []);
});

test('every difference that is listed belongs to an exchange', () => {
  const steps = exchanges.map(({ step }) => step);
  expect(Object.keys(differences).filter((step) => !steps.includes(step))).toEqual([]);
});
