import type { CreateDecision, VolumeEvent } from '@hearth/contracts';
import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type CommitContext, type EventStore, runCommand, wasRefused } from '@hearth/event-sourcing';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import type { Host } from '../host/host';

/** How and where the last work ended that filled the volume: its create, or a reimage. */
export interface CreateEnd {
  readonly pool: PoolRef | undefined;
  readonly succeeded: boolean;
  /** Null for a blank volume. */
  readonly decision: CreateDecision | null;
  /** Position in the log. */
  readonly at: number;
}

/** How the work ended that came before a reimage, and the position in the log at which that was asked for. */
export interface EarlierEnd {
  readonly end: CreateEnd;
  readonly reimageRequestedAt: number;
}

/** A volume as its stream told it, and as we have added to it since. */
export class KnownVolume {
  private volume: Volume = volumeDecider.initialState;
  private sequence = 0;
  private createEnd: CreateEnd | undefined;
  private earlierEnd: EarlierEnd | undefined;
  private makersRequestId: string | undefined;
  private link: CommitContext = {};
  private isRecorded = false;

  private constructor(
    readonly id: VolumeId,
    private readonly store: EventStore,
  ) {}

  /** Folds a volume's stream; its state is `absent` when there is none. */
  static async read(store: EventStore, id: VolumeId): Promise<KnownVolume> {
    const volume = new KnownVolume(id, store);
    await volume.readOn();
    return volume;
  }

  get state(): Volume {
    return this.volume;
  }

  /** Undefined while a create or a reimage runs. It stays, whatever else becomes of the volume later. */
  get ended(): CreateEnd | undefined {
    return this.createEnd;
  }

  /** What ended before the reimage that runs, or was given up; undefined when that has ended itself. */
  get earlier(): EarlierEnd | undefined {
    return this.createEnd ? undefined : this.earlierEnd;
  }

  /** The id of the request that made it. */
  get requestId(): string | undefined {
    return this.makersRequestId;
  }

  /** What the commits that follow from it are linked to. */
  get context(): CommitContext {
    return this.link;
  }

  /** True while nothing is known of it beyond what was recorded here last: what others add later wakes this host by itself. */
  get wasJustRecorded(): boolean {
    return this.isRecorded;
  }

  /** Reads what others have added. */
  async readOn(): Promise<void> {
    this.isRecorded = false;
    for await (const commit of this.store.read({ category: 'volume', id: this.id }, { afterSequence: this.sequence })) {
      if (this.sequence === 0) this.makersRequestId = commit.correlationId;
      for (const event of commit.events) this.evolve(event, commit.sequence);
      this.sequence = commit.sequence;
      const { id: causationId, correlationId, traceparent } = commit;
      this.link = { causationId, correlationId, traceparent };
    }
  }

  /**
   * Records what came of the work; afterwards the state is the new one. A refusal means that the volume is no longer ours to
   * speak of: it is logged, and the state is read again.
   */
  async record(host: Host, command: VolumeCommand): Promise<void> {
    const { id, volume, sequence, link } = this;
    const known = { state: volume, sequence };
    const answer = await runCommand(host, volumeDecider, { category: 'volume', id }, command, { ...link, known });
    if (wasRefused(answer)) {
      const { refused, data } = answer;
      host.log.warn('a report about a volume came too late', { volumeId: id, report: command.do, refused, ...data });
      return this.readOn();
    }
    if (answer.events.length === 0) return this.readOn();
    for (const event of answer.events) this.evolve(event, answer.sequence);
    this.volume = answer.state;
    this.sequence = answer.sequence;
    this.isRecorded = true;
  }

  private evolve(event: VolumeEvent, sequence: number): void {
    const { volume: before } = this;
    this.volume = volumeDecider.evolve(before, event);
    const pool = 'pool' in before ? before.pool : undefined;
    if (event.type === 'VolumeProvisioned') {
      this.createEnd = { pool: event.data.pool, succeeded: true, decision: event.data.decision, at: sequence };
    } else if (event.type === 'VolumeCreateFailed') {
      this.createEnd = { pool, succeeded: false, decision: event.data.decision, at: sequence };
    } else if (event.type === 'VolumeReimageRequested') {
      if (this.createEnd) this.earlierEnd = { end: this.createEnd, reimageRequestedAt: sequence };
      this.createEnd = undefined;
    } else if (event.type === 'VolumeReimaged') {
      this.createEnd = { pool, succeeded: true, decision: event.data.decision, at: sequence };
    } else if (event.type === 'VolumeReimageFailed') {
      this.createEnd = { pool, succeeded: false, decision: null, at: sequence };
    }
  }
}
