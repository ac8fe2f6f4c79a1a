// What the API answers to many clients at once, with few volumes and with many; callers are known by a real Keystone.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placed, provisioned, requested } from '@hearth/domain/testing';
import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { furnish } from '../../../../test/real/cloud';
import { startKeystone } from '../../../../test/real/keystone';
import { type BenchStack, startBenchStack } from '../bench-stack';
import { readInherited } from '../config';
import type { Figure } from '../figures';
import { ApiClients, clientsMax, type Load } from './api-load';
import { costed, costFigure, untilQuiet } from './cpu-time';
import { atOnce } from './timed-create';
import { watchProcess } from './watch-process';

export interface ApiOptions {
  /** Holds the volumes. */
  readonly directory: string;
  readonly fewVolumes: number;
  readonly manyVolumes: number;
  /** Of single volumes; a tenth of it for lists. */
  readonly requests: number;
  readonly creates: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** On a stack of its own, whose callers come with tokens of a real Keystone. */
export async function measureApi(options: ApiOptions): Promise<Figure[]> {
  const { directory, signal, log } = options;
  const stateDir = await mkdtemp(join(tmpdir(), 'hearth-bench-api-'));
  const endings: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  try {
    const keystone = await startKeystone({ directory: join(stateDir, 'keystone') });
    endings.push(() => keystone.stop());
    const cloud = await furnish(keystone);
    const { applicationCredentialId, applicationCredentialSecret } = cloud.blockStorage;
    const stack = await startBenchStack({
      ...{ stateDir, signal, log, inherited: readInherited() },
      backendDirectory: join(directory, 'volumes-of-the-api'),
      planned: {
        settings: {
          env: {
            HEARTH_KEYSTONE_URL: keystone.authUrl,
            HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_ID: applicationCredentialId,
            HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: applicationCredentialSecret,
          },
          envOf: { api: { HEARTH_AUTH_MODE: 'keystone' } },
        },
      },
    });
    endings.push(() => stack.end());
    const { token } = await keystone.issueToken(cloud.users.member);
    const clients = new ApiClients(stack, { 'x-auth-token': token, 'openstack-api-version': 'volume 3.70' }, signal);
    endings.push(() => clients.close());
    return await measureOn(stack, clients, cloud.projects.demo.id, options);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function measureOn(
  stack: BenchStack,
  clients: ApiClients,
  projectId: string,
  options: ApiOptions,
): Promise<Figure[]> {
  const { fewVolumes, manyVolumes, creates, log } = options;
  const project = `/v3/${projectId}`;
  log(`the API with ${fewVolumes} volumes`);
  const volumes = await writeVolumes(stack, projectId, 0, fewVolumes);
  await untilListed(clients, project, fewVolumes);
  await untilQuiet(stack);
  const few = await measureReads(clients, project, volumes, options);
  options.signal.throwIfAborted();
  log(`the API with ${manyVolumes} volumes`);
  volumes.push(...(await writeVolumes(stack, projectId, fewVolumes, manyVolumes)));
  await untilListed(clients, project, manyVolumes);
  await untilQuiet(stack);
  const memory = await watchProcess(stack, 'api');
  const many = await measureReads(clients, project, volumes, options);
  options.signal.throwIfAborted();
  log(`${creates} blank creates`);
  const { result: createsPerSecond, costs } = await costed(stack, creates, () =>
    measureCreates(stack, clients, project, creates),
  );
  const { peakBytes } = await memory.end();
  return [
    ...figuresOf(few, fewVolumes),
    ...figuresOf(many, manyVolumes),
    ...many.lists.map(({ name, load }, ordinal) => ({
      name: `detail of 100, ${name}, ${fewVolumes} / ${manyVolumes} volumes`,
      value: few.lists[ordinal]!.load.perSecond / load.perSecond,
      unit: 'x' as const,
      goal: { atMost: 1.3 },
    })),
    {
      name: 'blank creates to available',
      value: createsPerSecond,
      unit: '/s',
      goal: { atLeast: 200 },
      note: `${creates} creates, ${clientsMax} at once, ${manyVolumes} volumes there`,
    },
    costFigure('a blank create', costs),
    {
      name: 'api resident under that load',
      value: peakBytes / 2 ** 20,
      unit: 'MiB',
      goal: { atMost: 180 },
      note: 'most of it, while many volumes were listed and made',
    },
  ];
}

/** Volumes as the log would have them; their objects are on no backend. */
async function writeVolumes(
  { record: { natsUrl } }: BenchStack,
  projectId: string,
  from: number,
  to: number,
): Promise<string[]> {
  const connection = await connectNats({ servers: [natsUrl], name: 'hearth-bench' });
  try {
    const store = await JetStreamEventStore.open(connection);
    const startMs = Date.now() - 365 * 86_400_000;
    return await atOnce(to - from, 64, async (index) => {
      const ordinal = from + index;
      const volumeId = randomUUID() as VolumeId;
      const name = `volume-${String(ordinal).padStart(6, '0')}`;
      const appended = await store.append({ category: 'volume', id: volumeId }, 0, {
        id: randomUUID(),
        recordedAt: new Date(startMs + ordinal * 60_000).toISOString(),
        events: [requested({ volumeId, name, projectId: projectId as ProjectId }), placed(), provisioned()],
      });
      if (appended.status !== 'appended') throw new Error(`a commit of the new volume ${volumeId} conflicts`);
      return volumeId;
    });
  } finally {
    await connection.close();
  }
}

async function untilListed(clients: ApiClients, project: string, count: number): Promise<void> {
  const listed = async () => {
    const summary = (await clients.ask('GET', `${project}/volumes/summary`, 200)) as {
      readonly 'volume-summary': { readonly total_count: number };
    };
    return summary['volume-summary'].total_count >= count;
  };
  await eventually(listed, { timeoutMs: 300_000, intervalMs: 500, what: `${count} volumes in the rows` });
}

interface Reads {
  readonly show: Load;
  readonly lists: readonly { readonly name: string; readonly load: Load }[];
}

const orders: readonly (readonly [string, string])[] = [
  ['default order', ''],
  ['by name', '&sort=name:asc'],
  ['by status', '&sort=status:asc'],
  ['by created_at', '&sort=created_at:asc'],
  ['filtered by status', '&status=available'],
];

async function measureReads(
  clients: ApiClients,
  project: string,
  volumes: readonly string[],
  { requests }: ApiOptions,
): Promise<Reads> {
  const step = Math.max(1, Math.floor(volumes.length / 997));
  const some = volumes.filter((_, index) => index % step === 0);
  const show = await clients.load(
    some.map((id) => `${project}/volumes/${id}`),
    requests,
  );
  const lists: Reads['lists'][number][] = [];
  const detail = `${project}/volumes/detail?limit=100`;
  const count = Math.ceil(requests / 20);
  for (const [name, query] of orders) lists.push({ name, load: await clients.load([`${detail}${query}`], count) });
  const markers = some.map((id) => `${detail}&marker=${id}`);
  const inTheMiddle = markers.slice(Math.floor(markers.length / 3), Math.ceil((markers.length * 2) / 3));
  lists.push({ name: 'after a marker', load: await clients.load(inTheMiddle, count) });
  const byName = some.map(
    (_, index) => `${project}/volumes/detail?name=volume-${String(index * step).padStart(6, '0')}`,
  );
  lists.push({ name: 'of one name', load: await clients.load(byName, count) });
  return { show, lists };
}

/** Blank volumes a second, from the first request until a subscriber has seen the last of them available. */
async function measureCreates(stack: BenchStack, clients: ApiClients, project: string, count: number): Promise<number> {
  const create = async () => {
    const { volume } = (await clients.ask('POST', `${project}/volumes`, 202, { volume: { size: 1 } })) as {
      readonly volume: { readonly id: string };
    };
    return volume.id;
  };
  await stack.watch.untilEnd(await create(), 60_000);
  const startMs = performance.now();
  const ids = await atOnce(count, clientsMax, create);
  const ends = await Promise.all(ids.map((id) => stack.watch.untilEnd(id, 120_000)));
  const failed = ends.find(({ event }) => event.type !== 'VolumeProvisioned');
  if (failed) throw new Error(`a blank volume was not made: ${JSON.stringify(failed.event.data)}`);
  return (count / (performance.now() - startMs)) * 1_000;
}

function figuresOf({ show, lists }: Reads, volumes: number): Figure[] {
  const note = `${volumes} volumes, ${clientsMax} clients`;
  return [
    { name: 'GET one volume', value: show.perSecond, unit: '/s', goal: { atLeast: 1_500 }, note },
    { name: 'GET one volume, p99', value: show.p99Ms, unit: 'ms', goal: { atMost: 30 }, note },
    costFigure(`GET one volume of ${volumes}`, show.costs),
    ...lists.slice(0, 1).map(({ load }) => costFigure(`GET detail of 100 of ${volumes}`, load.costs)),
    ...lists.map(({ name, load }): Figure => ({
      name: `GET detail of 100, ${name}`,
      value: load.perSecond,
      unit: '/s',
      goal: { atLeast: 120 },
      note: `${note}, p99 ${load.p99Ms.toFixed(0)} ms`,
    })),
  ];
}
