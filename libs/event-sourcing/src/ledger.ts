import { commitBytesMax, type Category, type EventsOf, type RefusalCode } from '@hearth/contracts';
import { fold, type Decider, type Refusal } from '@hearth/kernel';
import { UnstorableCommitError } from './commit-codec';
import type { AppendedCommit, CommitContext, NewCommit, StreamOf } from './event-store';
import { decideBatch, sharedContext, type Batch, type Submission } from './ledger-batch';
import { StateCheckpoint, type Folded, type StateSnapshots } from './state-checkpoint';
import { StreamContendedError, type CommandEnvironment, type Outcome } from './run-command';
import { inSpan, newTraceparent, traceparentOf } from './telemetry';

export interface LedgerOptions<C extends Category, Command, State> extends CommandEnvironment {
  readonly stream: StreamOf<C>;
  readonly decider: Decider<Command, State, EventsOf[C], RefusalCode>;
  /** Where the fold is kept for a quicker start. */
  readonly snapshots?: StateSnapshots<State>;
  /** Called with every commit of the stream after the start, of this ledger and of others, once and in order, before `submit` resolves. */
  readonly onCommit?: (commit: AppendedCommit<C>) => void;
  /** Hears of what must not stop the ledger: an `onCommit` or a snapshot that fails. */
  readonly onError?: (error: unknown) => void;
}

/** Commands that one commit holds at the most. */
const commandsMax = 256;
/** Conflicts in a row before a batch is given up: others append faster than we read. */
const conflictsMax = 100;
/** Room for a commit's envelope beside its events. */
const eventBytesMax = commitBytesMax - 2_048;

/**
 * One stream's state in memory and the one queue through which this process appends to it. Commands that wait at the same time
 * are decided in order, each on the state after those before it, and stored as one commit; so a writer never conflicts with
 * itself, and a busy stream costs one append for many commands. Conflicts with other processes are read up and decided again.
 */
export class Ledger<C extends Category, Command, State> {
  private folded: Folded<State>;
  private readonly waiting: Submission<Command, State, EventsOf[C]>[] = [];
  private readonly refreshes: { resolve(): void; reject(error: unknown): void }[] = [];
  /** True when the log may hold commits of ours that we do not know to be stored. */
  private isDoubtful = false;
  private isClosed = false;
  private running: Promise<void> | undefined;

  /** Folds the stream, from its snapshot where there is a good one. Throws `StoreUnavailableError`. */
  static async open<C extends Category, Command, State>(
    options: LedgerOptions<C, Command, State>,
  ): Promise<Ledger<C, Command, State>> {
    const { store, stream, snapshots, onError = () => undefined } = options;
    const checkpoint = new StateCheckpoint(store, stream, snapshots, onError);
    const ledger = new Ledger(
      options,
      checkpoint,
      (await checkpoint.load()) ?? { state: options.decider.initialState, sequence: 0 },
    );
    await ledger.readOn({ isQuiet: true });
    return ledger;
  }

  private constructor(
    private readonly options: LedgerOptions<C, Command, State>,
    private readonly checkpoint: StateCheckpoint<C, State>,
    start: Folded<State>,
  ) {
    this.folded = start;
  }

  /** The state after the last commit that is known to be stored. */
  state(): State {
    return this.folded.state;
  }

  /** The position of that commit; 0 for a stream that is new. */
  sequence(): number {
    return this.folded.sequence;
  }

  /**
   * Decides a command in its turn and resolves when all that its answer rests on is stored: the state after it, its own events
   * (none when it was already so) and the position; or the refusal. Rejects with `StoreUnavailableError` when it is unknown
   * whether it was stored: submit it again. The context is stored where all commands of a commit share it.
   */
  submit(command: Command, context: CommitContext = {}): Promise<Outcome<State, EventsOf[C]> | Refusal<RefusalCode>> {
    if (this.isClosed) return Promise.reject(new Error(`the ledger of ${this.name} is closed`));
    return new Promise((resolve, reject) => {
      const traceparent = context.traceparent ?? traceparentOf();
      this.waiting.push({ command, context: { ...context, traceparent }, resolve, reject });
      this.start();
    });
  }

  /** Reads what others have appended. Throws `StoreUnavailableError`. */
  refresh(): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error(`the ledger of ${this.name} is closed`));
    return new Promise((resolve, reject) => {
      this.refreshes.push({ resolve, reject });
      this.start();
    });
  }

  /** Takes no more commands, finishes those that wait, and leaves a snapshot. */
  async close(): Promise<void> {
    this.isClosed = true;
    while (this.running) await this.running;
    await this.checkpoint.close(this.folded);
  }

  private get name(): string {
    return `${this.options.stream.category}/${this.options.stream.id}`;
  }

  /** The turn begins in a microtask, so that commands submitted together share a commit. */
  private start(): void {
    this.running ??= Promise.resolve()
      .then(() => this.work())
      .finally(() => {
        this.running = undefined;
        if (this.waiting.length > 0 || this.refreshes.length > 0) this.start();
      });
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0 || this.refreshes.length > 0) {
      const refreshes = this.refreshes.splice(0);
      try {
        if (this.isDoubtful || refreshes.length > 0) await this.readOn();
        this.isDoubtful = false;
        for (const { resolve } of refreshes) resolve();
      } catch (error) {
        for (const { reject } of [...refreshes, ...this.waiting.splice(0)]) reject(error);
        return;
      }
      await this.serveBatch();
    }
  }

  /** Decides and stores one batch from the head of the queue; its promises are settled either way. */
  private async serveBatch(): Promise<void> {
    const limits = { commandsMax, bytesMax: eventBytesMax };
    for (let conflicts = 0; this.waiting.length > 0;) {
      const batch = decideBatch(this.options.decider, this.folded.state, this.waiting, limits);
      try {
        if (batch.events.length === 0) return this.settle(batch, this.folded.sequence);
        const commit = await this.append(batch);
        if (commit) {
          this.advance(commit, batch.state);
          return this.settle(batch, commit.sequence);
        }
        conflicts += 1;
        if (conflicts === conflictsMax) throw new StreamContendedError(this.options.stream, conflicts);
        await this.readOn();
      } catch (error) {
        // A decision that breaks its contract is its command's own affair: those beside it are tried without it.
        const isShared = error instanceof UnstorableCommitError && batch.answers.length > 1;
        if (isShared) limits.commandsMax = 1;
        else return this.fail(batch, error);
      }
    }
  }

  private fail(batch: Batch<State, EventsOf[C]>, error: unknown): void {
    this.isDoubtful = true;
    for (const { reject } of this.waiting.splice(0, batch.answers.length)) reject(error);
  }

  private append(batch: Batch<State, EventsOf[C]>): Promise<AppendedCommit<C> | undefined> {
    const { store, stream, now, newId } = this.options;
    const taken = this.waiting.slice(0, batch.answers.length).filter((_, at) => batch.answers[at]!.kind === 'events');
    const context = sharedContext(taken.map((submission) => submission.context));
    const [traceparent, ...linkedTo] = new Set(taken.flatMap((submission) => submission.context.traceparent ?? []));
    const attributes = { 'hearth.stream': this.name, 'hearth.commands': batch.answers.length };
    return inSpan(`${stream.category}.decide`, { attributes, traceparent, linkedTo }, async (span) => {
      const trace = { traceparent: traceparentOf() ?? traceparent ?? newTraceparent() };
      const commit: NewCommit<C> = { ...context, ...trace, id: newId(), recordedAt: now(), events: batch.events };
      const result = await store.append(stream, this.folded.sequence, commit);
      if (result.status === 'conflict') return undefined;
      span.setAttribute('hearth.sequence', result.sequence);
      return { ...commit, stream, sequence: result.sequence };
    });
  }

  private settle(batch: Batch<State, EventsOf[C]>, sequence: number): void {
    const served = this.waiting.splice(0, batch.answers.length);
    for (const [at, { resolve, reject }] of served.entries()) {
      const answer = batch.answers[at]!;
      if (answer.kind === 'failure') reject(answer.error);
      else if (answer.kind === 'refusal') resolve(answer.refusal);
      else resolve({ state: answer.state, events: answer.events, sequence });
    }
  }

  /** Folds the commits after the last known one. */
  private async readOn({ isQuiet = false } = {}): Promise<void> {
    const { store, stream, decider } = this.options;
    for await (const commit of store.read(stream, { afterSequence: this.folded.sequence })) {
      this.advance(commit, fold(decider, commit.events, this.folded.state), { isQuiet });
    }
  }

  private advance(commit: AppendedCommit<C>, state: State, { isQuiet = false } = {}): void {
    this.folded = { state, sequence: commit.sequence };
    this.checkpoint.count(commit.id);
    if (isQuiet) return;
    this.checkpoint.saveIfDue(this.folded);
    try {
      this.options.onCommit?.(commit);
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}

/** Opens the one queue of a stream. Throws `StoreUnavailableError`. */
export function openLedger<C extends Category, Command, State>(
  options: LedgerOptions<C, Command, State>,
): Promise<Ledger<C, Command, State>> {
  return Ledger.open(options);
}
