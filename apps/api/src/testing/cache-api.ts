import type { CacheSettings } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';
import { type DatabaseApi, startDatabaseApi } from './database-api';
import { FakeImages, imageIdentity } from './fakes';
import { givenCache } from './given-cache';
import { type Answer, tokens } from './test-api';

/** The api over a real database, asked about caches by an administrator. */
export interface CacheApi extends DatabaseApi {
  readonly images: FakeImages;
  /** Passes that the janitor was asked to run. */
  readonly askedPasses: string[];
  /** A pool of a test's own, with a cache; every one has 500 GiB. */
  newPool(settings?: Partial<CacheSettings>): Promise<PoolRef>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  del(path: string): Promise<Answer>;
  entriesOf(query: string): Promise<CacheEntry[]>;
}

export interface CacheEntry {
  readonly id: string;
  readonly status: string;
  readonly generation: number;
}

export const admin = { token: tokens.admin };
/** How answers name the administrator. */
export const by = { user_id: 'root', project_id: 'operators', request_id: expect.stringMatching(/^req-/) };
export const bodyOf = <Body>({ body }: Answer) => body as Body;

const totalGib = 500;

/** `images` has one image that is active. */
export async function startCacheApi(): Promise<CacheApi> {
  const images = new FakeImages();
  images.image = { status: 'active', identity: imageIdentity() };
  const askedPasses: string[] = [];
  let pools = 0;
  const house = await startDatabaseApi({
    services: {
      images,
      clock: Date,
      passes: {
        run: async (pass) => {
          askedPasses.push(pass);
          return { pass, status: 'done', detail: { pass } };
        },
      },
      hosts: { hosts: async () => new Map([['host', reportOf(pools)]]) },
    },
  });
  const { api } = house;
  const get = (path: string) => api.get(`/v3/cache/${path}`, admin);
  return {
    ...house,
    images,
    askedPasses,
    newPool: async (settings = {}) => {
      pools += 1;
      const pool = poolOf(pools);
      await givenCache(house, pool, settings);
      return pool;
    },
    get,
    post: (path, body) => api.post(`/v3/cache/${path}`, body, admin),
    put: (path, body) => api.put(`/v3/cache/${path}`, body, admin),
    del: (path) => api.delete(`/v3/cache/${path}`, admin),
    entriesOf: async (query) => bodyOf<{ entries: CacheEntry[] }>(await get(`entries?${query}`)).entries,
  };
}

const poolOf = (ordinal: number) => `host@b${ordinal}#pool` as PoolRef;

function reportOf(pools: number) {
  const pool = (ordinal: number) => ({
    ...{ pool: poolOf(ordinal), availabilityZone: 'nova', totalGib, freeGib: 1, provisionedGib: 0 },
    ...{ thin: true, oversubscriptionMax: 1, reservedPercent: 0, capabilities: {}, cloneMethod: 'copy' },
    cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const,
  });
  return {
    ...{ host: 'host', incarnation: 'one', reportedAt: new Date().toISOString(), version: '0', down: [] },
    pools: Array.from({ length: pools }, (_, at) => pool(at + 1)),
  };
}
