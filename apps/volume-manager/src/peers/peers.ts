import type { EventStore, LivenessBoard, SnapshotStore } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { BlockThreads } from '../fill/disk/block-threads';
import type { FillOrder } from '../fill/fill-work';
import { ownDigests } from './agreeing-copies';
import { CopyServer, type ServedPool } from './copy-server';
import type { CopyRules } from './find-copies';
import { RecentHosts } from './live-hosts';
import { PeerCredentials } from './peer-credentials';
import { type PeerAnswer, PeerFills, type PeerFillsOptions } from './peer-fills';
import type { PeerSettings } from './peer-settings';
import { RecordedCopies } from './recorded-copies';

export interface PeersOptions {
  readonly settings: PeerSettings;
  readonly store: Pick<EventStore, 'read'>;
  readonly snapshots: SnapshotStore;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly rules: CopyRules;
  readonly threads: BlockThreads;
  readonly log: Log;
  /** See `PeerCredentialsOptions`. */
  readonly credentialsLookEveryMs?: number | undefined;
  /** Of transfers, both ways; the defaults unless told. */
  readonly patience?: Pick<PeerFillsOptions, 'resume' | 'stallTimeoutMs' | 'minimum' | 'fruitlessMsMax' | 'lingerMs'>;
}

/** This host among the others: what it serves them, and what it takes from them. */
export class Peers {
  private readonly live: RecentHosts;
  private readonly recorded: RecordedCopies;
  private readonly fills: PeerFills;
  private server: CopyServer | undefined;
  private advertised: string | undefined;
  private pools: ReadonlyMap<PoolRef, ServedPool> = new Map();

  /** Throws `CredentialsError`. */
  static async open(options: PeersOptions): Promise<Peers> {
    const { settings, log, credentialsLookEveryMs: lookEveryMs } = options;
    const { files, host } = settings;
    return new Peers(options, await PeerCredentials.open({ files, host, log, lookEveryMs }));
  }

  private constructor(
    private readonly options: PeersOptions,
    private readonly credentials: PeerCredentials,
  ) {
    const { settings, store, snapshots, liveness, rules, threads, log, patience } = options;
    this.live = new RecentHosts(liveness);
    this.recorded = new RecordedCopies({ store, snapshots, log });
    const { live, recorded } = this;
    const own = (content: string) =>
      ownDigests(
        [...this.pools.values()].map(({ cache }) => cache.state()),
        content,
      );
    const { host, answerLimitMs } = settings;
    const told = { host, answerLimitMs, live, recorded, credentials, rules, threads, log, ...patience };
    this.fills = new PeerFills({ ...told, ownDigests: own });
  }

  /** Where the others reach it; undefined until it serves. */
  get url(): string | undefined {
    return this.advertised;
  }

  /** Begins to serve the copies of these pools. Rejects where the address cannot be listened on. */
  async serve(pools: ReadonlyMap<PoolRef, ServedPool>): Promise<void> {
    this.pools = pools;
    const { settings, log, threads, patience } = this.options;
    const { servesAtOnceMax } = settings;
    const { live, credentials } = this;
    const { stallTimeoutMs, minimum } = patience ?? {};
    const server = new CopyServer({
      ...{ servesAtOnceMax, live, credentials, threads, log, stallTimeoutMs, minimum },
      pools: () => pools,
    });
    const port = await server.listen(settings);
    this.server = server;
    this.advertised = settings.url ?? `https://${settings.address}:${port}`;
  }

  /** See `PeerFills.fill`. */
  fill(order: FillOrder, content: string): Promise<PeerAnswer> {
    return this.fills.fill(order, content);
  }

  /** Ends transfers to others; those to this host end with their fills. */
  async close(): Promise<void> {
    this.advertised = undefined;
    this.credentials.close();
    this.recorded.close();
    await this.server?.close();
  }
}
