import type {
  CachePolicyEvent,
  CacheSettings,
  HostReport,
  ImageCacheEvent,
  NudgeTarget,
  ReconcileAnswer,
  ServiceEvent,
  VolumeEvent,
} from '@hearth/contracts';
import { imageCacheDecider } from '@hearth/domain';
import { cachePool, complete, fillStarted, imageOf, imageVolumeOf, thisProcess } from '@hearth/domain/testing';
import { InMemoryEventStore, InMemorySnapshotStore, type NudgeOptions, readState } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { passConfig, type PassConfig } from '../config';
import { Janitor } from '../janitor';
import { ScriptedImages } from './scripted-images';

export const startMs = Date.parse('2026-01-02T03:04:05.000Z');

/** The settings of all passes as they are unless told, but for some. */
export const passesWith = (patch: Partial<PassConfig> = {}): PassConfig => ({
  ...z.object(passConfig).parse({}),
  imageLookPauseMs: 0,
  ...patch,
});

/** A few things a run, so that a test has soon more to do. */
export const fewSteps: Partial<PassConfig> = { evictionsMax: 2, resumeMax: 3, reapMax: 10, scrubMax: 10 };

type Told = readonly [level: string, text: string, data: unknown];

function keepingLog(told: Told[]): Log {
  const at = (level: string) => (text: string, data?: unknown) => void told.push([level, text, data]);
  const log: Log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => log,
  };
  return log;
}

/** A janitor over a log in memory, with hosts that live, a clock in our hands, and what it sent and asked. */
export async function janitorHouse(hosts: readonly string[], config: Partial<PassConfig> = {}) {
  const store = new InMemoryEventStore();
  const nudges: { host: string; target: NudgeTarget; dedupeId: string }[] = [];
  const snapshots = new InMemorySnapshotStore();
  const images = new ScriptedImages();
  const told: Told[] = [];
  const reconciled: string[] = [];
  const live = new Map(
    hosts.map((host) => [host, { host, incarnation: thisProcess.incarnation, pools: [] } as unknown as HostReport]),
  );
  let answers: (pool: string) => Promise<ReconcileAnswer | undefined> = async () => undefined;
  let nowMs = startMs;
  let boardTrouble: Error | undefined;
  const janitors: Janitor[] = [];
  const options = {
    store,
    snapshots,
    nudges: {
      send: async (host: string, target: NudgeTarget, { dedupeId }: NudgeOptions) =>
        void nudges.push({ host, target, dedupeId }),
    },
    liveness: {
      hosts: async () => {
        if (boardTrouble) throw boardTrouble;
        return live;
      },
    },
    images,
    hosts: {
      reconcile: async (_host: string, pool: string) => {
        reconciled.push(pool);
        return answers(pool);
      },
    },
    clock: { now: () => nowMs },
    now: () => new Date(nowMs).toISOString(),
    newId: randomUUID,
    config: passesWith(config),
    log: keepingLog(told),
  };
  const happen = async (
    category: 'volume' | 'image-cache' | 'service' | 'cache-policy',
    id: string,
    ...events: (VolumeEvent | ImageCacheEvent | ServiceEvent | CachePolicyEvent)[]
  ) => {
    const commit = { id: options.newId(), recordedAt: options.now(), events };
    let last = 0;
    for await (const { sequence } of store.read({ category, id })) last = sequence;
    await store.append({ category, id }, last, commit);
  };
  return {
    ...{ store, nudges, live, images, told, reconciled, happen },
    failLiveness: (trouble: Error | undefined) => (boardTrouble = trouble),
    answerReconcile: (answer: typeof answers) => (answers = answer),
    pass: (ms: number) => (nowMs += ms),
    now: options.now,
    /** Opens a janitor that has seen all that has happened. */
    open: async () => {
      const janitor = await Janitor.open(options);
      janitors.push(janitor);
      return janitor;
    },
    cacheOf: async (pool: string = cachePool) =>
      (await readState(store, imageCacheDecider, { category: 'image-cache', id: pool } as const)).state,
    /** All that was stored about a pool's cache. */
    factsOf: async (pool: string = cachePool) => {
      const facts: ImageCacheEvent[] = [];
      for await (const { events } of store.read({ category: 'image-cache', id: pool } as const)) facts.push(...events);
      return facts;
    },
    close: async () => void (await Promise.all(janitors.map((janitor) => janitor.close()))),
  };
}
export type JanitorHouse = Awaited<ReturnType<typeof janitorHouse>>;

const created = (generation: number, image = generation, at?: string): ImageCacheEvent => ({
  type: 'create',
  data: {
    ...complete(generation).created,
    ...(at !== undefined && { at }),
    imageId: imageOf(image).id,
    imageVolumeId: imageVolumeOf(generation),
    sizeGib: 2,
  },
});

/** Copies of 2 GiB that are ready, of the images of the same numbers. */
export const entries = (...generations: number[]): ImageCacheEvent[] =>
  generations.flatMap((generation) => [fillStarted(generation, generation, { volumeId: null }), created(generation)]);

/** The same of one image, begun as told. */
export const entryOf = (
  generation: number,
  image: number,
  patch: Parameters<typeof fillStarted>[2] = {},
): ImageCacheEvent[] => [fillStarted(generation, image, { volumeId: null, ...patch }), created(generation, image)];

/** What the backend of the pool of tests says of its caches. */
export const settings = (cache: Partial<CacheSettings> = {}, pools: readonly string[] = [cachePool]): ServiceEvent => ({
  type: 'CacheSettingsReported',
  data: {
    service: 'store-01@fast',
    pools: [...pools],
    cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0, ...cache },
  },
});
