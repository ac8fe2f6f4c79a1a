import type { Category } from '@hearth/contracts';
import type { EventStore, StreamOf } from './event-store';
import { holdsAnchor } from './log-anchor';
import type { SnapshotStore } from './snapshot-store';

/** How a fold is kept. */
export interface StateSnapshots<State> {
  readonly store: SnapshotStore;
  /** Names the shape of the state and the rules that fold it; to be changed with either. */
  readonly fingerprint: string;
  /** The state as plain JSON. */
  encode(state: State): unknown;
  /** Back from there; may throw, which means: fold again. */
  decode(json: unknown): State;
  /** Commits from one snapshot to the next; about 1,000 unless told. */
  readonly everyCommits?: number;
}

/** A state and the position of the last commit in it. */
export interface Folded<State> {
  readonly state: State;
  readonly sequence: number;
}

/** The snapshots of one stream's fold: when to save one, and whether a saved one may be trusted. */
export class StateCheckpoint<C extends Category, State> {
  private commitsSince = 0;
  private lastCommitId: string | undefined;
  private saving: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly stream: StreamOf<C>,
    private readonly snapshots: StateSnapshots<State> | undefined,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * The saved fold; undefined when there is none, when other rules made it, or when the commit it ends with is not where it says:
   * then the log is another one, or has lost its end.
   */
  async load(): Promise<Folded<State> | undefined> {
    const saved = await this.snapshots?.store.load(this.key);
    if (!this.snapshots || !saved || saved.fingerprint !== this.snapshots.fingerprint) return undefined;
    const { commitId, state } = saved.state as { commitId: string; state: unknown };
    if (!(await holdsAnchor(this.store, { stream: this.stream, sequence: saved.sequence, commitId }))) return undefined;
    try {
      const folded = { state: this.snapshots.decode(state), sequence: saved.sequence };
      this.lastCommitId = commitId;
      return folded;
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }

  /** To be told of every commit that was folded in. */
  count(commitId: string): void {
    this.lastCommitId = commitId;
    this.commitsSince += 1;
  }

  /** Begins to save when it is time; one at a time, and off the caller's path. */
  saveIfDue(folded: Folded<State>): void {
    if (this.commitsSince >= (this.snapshots?.everyCommits ?? 1_000)) this.saving ??= this.save(folded);
  }

  /** Saves what is not saved yet. */
  async close(folded: Folded<State>): Promise<void> {
    await this.saving;
    if (this.commitsSince > 0) await this.save(folded);
  }

  private get key(): string {
    return `state/${this.stream.category}/${this.stream.id}`;
  }

  private async save({ state, sequence }: Folded<State>): Promise<void> {
    if (!this.snapshots) return;
    const { store, fingerprint, encode } = this.snapshots;
    this.commitsSince = 0;
    try {
      await store.save(this.key, {
        fingerprint,
        sequence,
        state: { commitId: this.lastCommitId, state: encode(state) },
      });
    } catch (error) {
      this.onError(error);
    } finally {
      this.saving = undefined;
    }
  }
}
