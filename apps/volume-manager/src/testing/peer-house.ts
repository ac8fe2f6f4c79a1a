import type { FillEvidence } from '@hearth/contracts';
import { contentKey, emptyCache, imageCacheDecider } from '@hearth/domain';
import { exampleImage } from '@hearth/domain/testing';
import { DriverError, type ObjectWriter, type VolumeDriver } from '@hearth/driver-api';
import { type EventStore, InMemorySnapshotStore, readState, runCommand } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, type ProjectId, type UserId, type VolumeId, poolRef } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { ContentDigest, blockBytes, blockDigest } from '../fill/disk/content-digest';
import { BlockThreads } from '../fill/disk/block-threads';
import type { FillOrder, FillStep } from '../fill/fill-work';
import type { ServedPool } from '../peers/copy-server';
import type { CredentialFiles } from '../peers/peer-credentials';
import { Peers, type PeersOptions } from '../peers/peers';
import { keptLog } from './kept-log';
import { MemoryBackend } from './memory.backend';
import type { MemoryLivenessBoard } from './memory.liveness-board';

export interface PeerHouseOptions extends Partial<Pick<PeersOptions, 'rules' | 'patience' | 'snapshots'>> {
  readonly name: string;
  readonly store: EventStore;
  readonly board: MemoryLivenessBoard;
  readonly files: CredentialFiles;
  readonly servesAtOnceMax?: number;
  /** What its copies are read with for others, where that is not its driver. */
  readonly readBy?: (driver: VolumeDriver) => Pick<VolumeDriver, 'openReader'>;
  readonly answerLimitMs?: number;
  /** `fast` unless told. */
  readonly backendName?: string;
  /** How often the files are looked at. */
  readonly lookEveryMs?: number;
}

/** Blocks of 1 MiB of a disk by their number; what is missing is zeros. */
export type Disk = ReadonlyMap<number, Buffer>;

export interface KeptCopy {
  readonly content: string;
  readonly generation: Generation;
  readonly contentDigest: string;
  readonly object: string;
}

const quick = { fruitlessMax: 8, resumptionsMax: 200, progressBytes: 1, pauseMs: 5, pauseMsMax: 20 };
const limits = { maxSizeGib: 0, maxCount: 0 };

/** A host that serves and fetches copies over real connections, with one pool in memory. */
export class PeerHouse {
  readonly backend = new MemoryBackend({ totalGib: 100_000 });
  readonly pool: PoolRef;
  readonly steps: FillStep[] = [];
  private readonly driver: VolumeDriver;
  private readonly served: Map<PoolRef, ServedPool>;
  private state = emptyCache;

  private constructor(
    private readonly options: PeerHouseOptions,
    readonly peers: Peers,
    private readonly threads: BlockThreads,
    readonly log: ReturnType<typeof keptLog>,
  ) {
    this.pool = poolRef({ host: options.name, backend: options.backendName ?? 'fast', pool: 'here' });
    this.driver = this.backend.open();
    const pool = {
      ref: this.pool,
      cache: { state: () => this.state },
      backend: { driver: options.readBy?.(this.driver) ?? this.driver },
    };
    this.served = new Map([[this.pool, pool]]);
  }

  /** Serves, and is on the board. */
  static async open(options: PeerHouseOptions): Promise<PeerHouse> {
    const { name, store, board, files, servesAtOnceMax = 2, patience } = options;
    const { snapshots = new InMemorySnapshotStore(), answerLimitMs = 5_000 } = options;
    const threads = new BlockThreads();
    const log = keptLog();
    const peers = await Peers.open({
      settings: { host: name, address: '127.0.0.1', port: 0, url: undefined, files, servesAtOnceMax, answerLimitMs },
      ...{ store, snapshots, liveness: board, threads, log },
      rules: options.rules ?? { signaturesVerified: true, ignoredChecks: [] },
      credentialsLookEveryMs: options.lookEveryMs,
      patience: { resume: quick, ...patience },
    });
    const house = new PeerHouse(options, peers, threads, log);
    await peers.serve(house.served);
    await house.report(peers.url!);
    return house;
  }

  /** What the others read of it on the board. */
  async report(peerUrl: string): Promise<void> {
    const reportedAt = '2030-01-01T00:00:00.000Z';
    const own = { host: this.options.name, incarnation: randomUUID(), reportedAt, version: '0', peerUrl };
    await this.options.board.report({ ...own, pools: [], down: [] });
  }

  /** Has a ready copy of a content of its own, as the log knows it. */
  async keep(
    disk: Disk,
    {
      sizeGib = 1,
      content: known,
      ...told
    }: { readonly sizeGib?: number; readonly content?: string } & Partial<FillEvidence> = {},
  ): Promise<KeptCopy> {
    const image = { ...exampleImage, id: randomUUID() };
    const content = known ?? contentKey(image, { hashesTrusted: false, signaturesVerified: true });
    const imageVolumeId = randomUUID() as VolumeId;
    const object = `volume-${imageVolumeId}`;
    await writeDisk(await this.driver.openWriter({ pool: 'here', name: object }, sizeGib), disk);
    const contentDigest = digestOf(disk);
    const at = '2030-01-01T00:00:00.000Z';
    const ids = { internalProjectId: 'internal' as ProjectId, internalUserId: 'hearth' as UserId };
    const filler = { host: this.options.name, incarnation: 'now' };
    await this.submit({ do: 'BeginFill', image, content, sizeGib, limits, imageVolumeId, filler, ...ids, at });
    const generation = this.state.generations as Generation;
    const hash = { digest: `sha512:${image.osHashValue}`, verifiedBy: 'os_hash' } as const;
    const proof = { ...hash, contentDigest, signature: 'absent', ...told } as const;
    const moved = { bytesDownloaded: 0, bytesWritten: 0, durationsMs: {}, at };
    await this.submit({ do: 'CompleteFill', created: { generation, ...proof, ...moved } });
    return { content, generation, contentDigest: proof.contentDigest ?? contentDigest, object };
  }

  /** Appends to the pool's stream and takes note; `isNoticed: false`: this host has not heard of it yet. */
  async submit(command: Parameters<typeof imageCacheDecider.decide>[0], { isNoticed = true } = {}): Promise<void> {
    const { store } = this.options;
    const stream = { category: 'image-cache', id: this.pool } as const;
    await runCommand(
      { store, now: () => new Date().toISOString(), newId: randomUUID },
      imageCacheDecider,
      stream,
      command,
    );
    if (isNoticed) this.state = (await readState(store, imageCacheDecider, stream)).state;
  }

  /** An order for an object of this host's own. */
  order(name: string, signal = new AbortController().signal): FillOrder {
    return {
      ...{ image: exampleImage, signal, unitBytes: 65_536, virtualSizeBytesMax: 2 ** 40 },
      open: (bytes) => this.driver.openWriter({ pool: 'here', name }, bytes / 2 ** 30),
      onStep: (step) => void this.steps.push(step),
    };
  }

  /** Tells its peers of another's copies behind its own, as a host does that has two backends. */
  serveToo(other: PeerHouse): void {
    for (const [ref, pool] of other.served) this.served.set(ref, pool);
  }

  /** Has trouble with whatever is read of its copies. */
  breakDown(): void {
    this.driver.openReader = () => Promise.reject(new DriverError('unavailable', 'the backend is away'));
  }

  /** Tells its peers of another's copies as if they were its own. */
  serveAs(other: PeerHouse): void {
    this.served.clear();
    for (const [ref, pool] of other.served) this.served.set(ref, pool);
  }

  read(name: string, block: number): Buffer {
    return this.backend.read(name, block * blockBytes, blockBytes);
  }

  async close(): Promise<void> {
    await this.peers.close();
    await this.threads.close();
  }
}

async function writeDisk(writer: ObjectWriter, disk: Disk): Promise<void> {
  for (const [block, bytes] of disk) await writer.write(block * blockBytes, bytes);
  await writer.finish();
}

export function digestOf(disk: Disk): string {
  const digest = new ContentDigest();
  for (const [block, bytes] of disk) digest.set(block, blockDigest(bytes));
  return digest.toString();
}
