import type { Category, EventsOf } from '@hearth/contracts';
import type { Decider } from '@hearth/kernel';
import { StoreUnavailableError, type Commit, type CommitBatch, type EventStore } from './event-store';
import { holdsAnchor, type LogAnchor } from './log-anchor';
import type { StateSnapshots } from './state-checkpoint';

/** What `onCommit` has gathered beside the states: it is kept with them, as of the same commit. */
export interface KeptBeside {
  /** All of it, as plain JSON. */
  encode(): unknown;
  /** Takes it up again, before any commit; leaves everything as it was, and throws, where the shape does not fit. */
  decode(json: unknown): void;
}

export interface CategoryViewOptions<C extends Category, State> {
  readonly store: EventStore;
  readonly category: C;
  readonly decider: Pick<Decider<never, State, EventsOf[C]>, 'initialState' | 'evolve' | 'isTerminal'>;
  /**
   * Whether a stream's state is held in memory; all are, unless told. A stream let go is folded anew from the log when it gets a
   * commit again, so `keep` decides what is at hand and never what is true.
   */
  readonly keep?: (state: State, id: string) => boolean;
  /** Called with every commit, from the start of the view on, once and in order, with the state after it. */
  readonly onCommit?: (commit: Commit<C>, state: State) => void;
  /** Where the whole view is kept for a quicker start, under a name of its own; every 10,000 commits unless told, and at the end. */
  readonly snapshots?: StateSnapshots<State> & { readonly name: string; readonly beside?: KeptBeside };
  /** See `FollowOptions`: for a view that need not be of this moment. */
  readonly gatherMs?: number;
  /** Hears of what must not stop the view (an `onCommit` or a snapshot that fails), and of what stopped it. */
  readonly onError?: (error: unknown) => void;
}

/** Before a stream is read again after the log was away, in milliseconds. */
const retryWaitMs = 250;

interface KeptView {
  readonly anchor: LogAnchor;
  readonly entries: readonly (readonly [string, unknown])[];
  readonly released: readonly string[];
  readonly beside?: unknown;
}

/** The folded states of all streams of a category, in memory, kept up to date from the log. */
export class CategoryView<C extends Category, State> {
  private states = new Map<string, State>();
  /** Streams let go that may get commits yet; terminal ones are forgotten. */
  private released = new Set<string>();
  private anchor: LogAnchor | undefined;
  private commitsSince = 0;
  private saving: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly waiters = new Set<() => void>();
  private isCaughtUp = false;
  private ended: Promise<void> | undefined;
  private failure: Error | undefined;

  /** Loads the view's snapshot, if there is a good one, and begins to follow the log. Throws `StoreUnavailableError`. */
  static async open<C extends Category, State>(
    options: CategoryViewOptions<C, State>,
  ): Promise<CategoryView<C, State>> {
    const view = new CategoryView(options);
    await view.load();
    view.ended = view.follow();
    return view;
  }

  private constructor(private readonly options: CategoryViewOptions<C, State>) {}

  /** The state of one stream; undefined when it is unknown or was let go. */
  get(id: string): State | undefined {
    return this.states.get(id);
  }

  /** Ids and states at hand, in no order that means anything. */
  entries(): IterableIterator<[string, State]> {
    return this.states.entries();
  }

  get size(): number {
    return this.states.size;
  }

  /** The position of the last commit folded in; 0 before the first. */
  get sequence(): number {
    return this.anchor?.sequence ?? 0;
  }

  /** Resolves when all that the log held has been folded in for the first time; rejects when the view has stopped before. */
  caughtUp(): Promise<void> {
    return this.when(() => this.isCaughtUp);
  }

  /** Resolves when the view has folded in a commit of its category at the position or after it; rejects when the view has stopped. */
  reached(sequence: number): Promise<void> {
    return this.when(() => this.sequence >= sequence);
  }

  /** Stops following and leaves a snapshot. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.ended;
    await this.saving;
    if (this.commitsSince > 0) await this.save();
    this.wake();
  }

  private when(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const hasStopped = this.failure !== undefined || this.stopping.signal.aborted;
        if (!isSo() && !hasStopped) return;
        this.waiters.delete(look);
        if (isSo()) resolve();
        else reject(this.failure ?? new Error(`the view of ${this.options.category} is closed`));
      };
      this.waiters.add(look);
      look();
    });
  }

  private wake(): void {
    for (const look of [...this.waiters]) look();
  }

  private async follow(): Promise<void> {
    const { store, category, gatherMs } = this.options;
    try {
      for await (const batch of store.follow({
        category,
        gatherMs,
        afterSequence: this.sequence,
        signal: this.stopping.signal,
      })) {
        await this.accept(batch);
      }
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.options.onError?.(error);
    }
    this.wake();
  }

  private async accept({ commits, caughtUp }: CommitBatch): Promise<void> {
    for (const commit of commits as readonly Commit<C>[]) await this.fold(commit);
    if (caughtUp && !this.isCaughtUp) {
      this.isCaughtUp = true;
      for (const [id, state] of this.states) this.letGo(id, state);
    }
    const { snapshots } = this.options;
    if (snapshots && this.commitsSince >= (snapshots.everyCommits ?? 10_000)) this.saving ??= this.save();
    this.wake();
  }

  private async fold(commit: Commit<C>): Promise<void> {
    const { decider, onCommit, onError } = this.options;
    const { id } = commit.stream;
    const before = this.released.has(id)
      ? await this.stateBefore(commit)
      : (this.states.get(id) ?? decider.initialState);
    const state = evolveAll(decider, commit.events, before);
    this.released.delete(id);
    this.states.set(id, state);
    this.anchor = { stream: commit.stream, sequence: commit.sequence, commitId: commit.id };
    this.commitsSince += 1;
    // While the log is replayed a stream that was let go would soon be read again: only what is over is dropped then.
    if (this.isCaughtUp || decider.isTerminal(state)) this.letGo(id, state);
    try {
      onCommit?.(commit, state);
    } catch (error) {
      onError?.(error);
    }
  }

  /** The log may go away while we read in it: as with following it, that is no reason to stop. */
  private async stateBefore(commit: Commit<C>): Promise<State> {
    for (;;) {
      try {
        return await this.readUpTo(commit);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.stopping.signal.aborted) throw error;
        this.options.onError?.(error);
        await new Promise((resolve) => setTimeout(resolve, retryWaitMs));
      }
    }
  }

  private async readUpTo({ stream, sequence }: Commit<C>): Promise<State> {
    const { store, decider } = this.options;
    let state = decider.initialState;
    for await (const commit of store.read(stream)) {
      if (commit.sequence >= sequence) break;
      state = evolveAll(decider, commit.events, state);
    }
    return state;
  }

  private letGo(id: string, state: State): void {
    const { keep = () => true, decider } = this.options;
    if (keep(state, id)) return;
    this.states.delete(id);
    if (!decider.isTerminal(state)) this.released.add(id);
  }

  private get key(): string {
    return `view/${this.options.category}/${this.options.snapshots?.name ?? ''}`;
  }

  private async load(): Promise<void> {
    const { snapshots, store, onError } = this.options;
    const saved = await snapshots?.store.load(this.key);
    if (!snapshots || !saved || saved.fingerprint !== snapshots.fingerprint) return;
    const { anchor, entries, released, beside } = saved.state as KeptView;
    if (!(await holdsAnchor(store, anchor))) return;
    try {
      this.states = new Map(entries.map(([id, json]) => [id, snapshots.decode(json)]));
      snapshots.beside?.decode(beside);
      this.released = new Set(released);
      this.anchor = anchor;
    } catch (error) {
      this.states = new Map();
      onError?.(error);
    }
  }

  private async save(): Promise<void> {
    const { snapshots, onError } = this.options;
    if (!snapshots || !this.anchor) return;
    this.commitsSince = 0;
    try {
      const entries = [...this.states].map(([id, state]) => [id, snapshots.encode(state)] as const);
      const beside = snapshots.beside?.encode();
      const kept: KeptView = { anchor: this.anchor, entries, released: [...this.released], beside };
      await snapshots.store.save(this.key, {
        fingerprint: snapshots.fingerprint,
        sequence: this.sequence,
        state: kept,
      });
    } catch (error) {
      onError?.(error);
    } finally {
      this.saving = undefined;
    }
  }
}

function evolveAll<State, Event>(
  rules: { evolve(state: State, event: Event): State },
  events: readonly Event[],
  start: State,
): State {
  return events.reduce((state, event) => rules.evolve(state, event), start);
}

/** Opens a view of all streams of a category. Throws `StoreUnavailableError`. */
export function openCategoryView<C extends Category, State>(
  options: CategoryViewOptions<C, State>,
): Promise<CategoryView<C, State>> {
  return CategoryView.open(options);
}
