import { badRequest } from '@hearth/cinder-v3';
import {
  downloadProgressKey,
  type FillProgress,
  fillProgressKey,
  type ImageIdentity,
  type ManageableAnswer,
  progressKey,
} from '@hearth/contracts';
import {
  MarkerNotFoundError,
  type NeededFill,
  type QuotaExceeded,
  type QuotaRequest,
  type VolumeListOptions,
  type VolumeRow,
} from '@hearth/read-model';
import type { CreatedImage, ImageRecords, NewImage, ShownImage } from '@hearth/openstack-clients';
import { randomUUID } from 'node:crypto';
import type { ImageLookup } from '../images/image-lookup';
import type { FillsInSight } from '../progress/seen-fills';
import type { Quota, ReadSide } from '../reads/read-side';
import type { ManageableObjects } from '../volumes/manage/manageable-objects';
import { cacheEntry, cachePool, imageId, volumeType } from './volume-rows';

/** Rows that a test lays down; lists are filtered by project alone. */
export class FakeReadSide implements ReadSide {
  volumes: VolumeRow[] = [];
  types = [volumeType];
  entries = [cacheEntry];
  needed: NeededFill[] = [];
  /** Set: every read fails with it. */
  failure: Error | undefined;
  listed: VolumeListOptions | undefined;

  async findVolume(id: string) {
    this.fail();
    return this.volumes.find((row) => row.id === id && row.deletedAt === null);
  }

  async listVolumes(options: VolumeListOptions) {
    this.fail();
    this.listed = options;
    const { project, marker, limit } = options;
    const all = this.volumes.filter((row) => project === 'all' || row.projectId === project.id);
    const after = marker === undefined ? -1 : all.findIndex(({ id }) => id === marker);
    if (marker !== undefined && after < 0) throw new MarkerNotFoundError(marker, 'volume');
    const volumes = all.slice(after + 1, after + 1 + limit);
    return { volumes, count: options.withCount ? all.length : undefined };
  }

  async explainVolume(id: string) {
    this.fail();
    const volume = this.volumes.find((row) => row.id === id);
    return volume && { volume, uses: [], claims: [], entry: undefined, cost: undefined };
  }

  async findVolumeType(nameOrId: string, projectId?: string) {
    this.fail();
    const type = this.types.find(({ id, name }) => id === nameOrId || name === nameOrId);
    return type?.isPublic || projectId === undefined ? type : undefined;
  }

  async findDefaultType(name: string) {
    return this.findVolumeType(name);
  }

  async findQosSpecsOfType() {
    return undefined;
  }

  async findSnapshot(): Promise<undefined> {
    this.fail();
  }

  async summarizeVolumes() {
    this.fail();
    return { count: 0, sizeGib: 0, metadata: undefined };
  }

  async listCacheEntries() {
    this.fail();
    return { rows: this.entries, count: undefined };
  }

  async listCachePools() {
    this.fail();
    return [cachePool];
  }

  async listNeededFills(volumeIds: readonly string[]) {
    this.fail();
    return this.needed.filter(({ volumeId }) => volumeIds.includes(volumeId));
  }

  private fail() {
    if (this.failure) throw this.failure;
  }
}

/** Room without end, unless a test says what is exceeded. */
export class FakeQuota implements Quota {
  readonly held = new Set<string>();
  exceeded: QuotaExceeded | undefined;

  async reserve({ key, holder = '' }: QuotaRequest) {
    if (this.exceeded) return this.exceeded;
    this.held.add(key + holder);
    return 'reserved' as const;
  }

  async release(key: string, holder = '') {
    this.held.delete(key + holder);
  }
}

/** Fills that a test says are running. */
export class FakeFills implements FillsInSight {
  running: readonly FillProgress[] = [];

  get any() {
    return this.running.length > 0;
  }

  ofEntry = (pool: string, generation: number) => this.of(fillProgressKey(pool, generation));
  ofDownload = (volumeId: string) => this.of(downloadProgressKey(volumeId));

  private of(key: string) {
    return this.running.find((progress) => progressKey(progress) === key);
  }
}

/** One image; everything else is unknown. */
export class FakeImages implements ImageLookup {
  image: ShownImage = { status: 'active', identity: imageIdentity() };
  failure: Error | undefined;
  tokens: string[] = [];

  async resolve(reference: string, token: string) {
    this.tokens.push(token);
    if (this.failure) throw this.failure;
    if (reference === imageId || reference === this.image.identity.name) return this.image;
    throw badRequest('Invalid image identifier or unable to access requested image.');
  }
}

export function imageIdentity(identity: Partial<ImageIdentity> = {}): ImageIdentity {
  return {
    id: imageId,
    name: 'tiny',
    updatedAt: '2026-11-20T00:00:00Z',
    osHashAlgo: 'sha512',
    osHashValue: 'ab'.repeat(64),
    checksum: '91022fb142e0b801e95e099ec0f59e51',
    sizeBytes: 16_777_216,
    virtualSizeBytes: null,
    diskFormat: 'raw',
    containerFormat: 'bare',
    visibility: 'public',
    owner: 'demo',
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
    ...identity,
  };
}

/** Makes every record that is asked for. */
export class FakeImageRecords implements ImageRecords {
  readonly made: NewImage[] = [];
  readonly removed: string[] = [];
  failure: Error | undefined;

  async create(image: NewImage): Promise<CreatedImage> {
    if (this.failure) throw this.failure;
    this.made.push(image);
    const { visibility = 'shared', protected: isProtected = false } = image;
    return { ...image, id: randomUUID(), visibility, protected: isProtected, owner: 'demo' };
  }

  async remove({ id }: CreatedImage) {
    this.removed.push(id);
  }
}

/** Pools in which a test lays objects down; of any other, no host answers. */
export class FakeManageableObjects implements ManageableObjects {
  readonly answers = new Map<string, ManageableAnswer>();

  async list(pool: string) {
    return this.answers.get(pool);
  }
}
