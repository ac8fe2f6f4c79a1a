import type { LogPlace, LogQuestion, LogVerdict } from '@hearth/contracts';
import type { LogGate, LogTail } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { evidenceOf, type LogLook, lookForLoss, type LogRecords } from '@hearth/read-model';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogAccount } from './log-account';

export interface LogWatchOptions {
  /** The log, gate or no gate. */
  readonly tail: LogTail;
  readonly account: LogAccount;
  /** This process's own. */
  readonly gate: LogGate;
  /** This process, as incidents name who found them. */
  readonly who: string;
  readonly log: Log;
  /** Tells everybody else that the log is suspect. */
  readonly tell: (verdict: LogVerdict) => void;
  /** The log was accepted without commits that this process may have in its memory. */
  readonly onShortened: (reason: string) => void;
  /** Between two looks at a log that is sound; 5,000 ms unless told. */
  readonly intervalMs?: number;
  /** Between the looks that confirm a loss: a new leader of a cluster may be a moment behind. 500 ms unless told. */
  readonly confirmMs?: number;
}

/** Between two looks while nobody can vouch for the log. */
const lookAgainMs = 500;
/** Looks that have to agree before a log is called suspect. */
const looksMin = 3;

/** What helps, for whoever reads the log or the health page. */
const cure = 'bring the log back whole, or see `hearth log reconcile --dry-run` (docs/how-to/lost-log-tail.md)';

/**
 * Looks whether the log holds what was seen of it: at the start, after every lost connection, at intervals, and whenever somebody asks.
 * Opens and shuts this process's gate by that, and answers those who have no account of their own.
 */
export class LogWatch {
  private verdict: LogVerdict = { status: 'checking', epoch: 0, reason: 'the log was not looked at yet' };
  /** At the first look: a later one means that commits which this process may know were given up. */
  private epoch: number | undefined;
  private round = 0;
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private places: LogPlace[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();
  private readonly stopListening: () => void;

  constructor(private readonly options: LogWatchOptions) {
    // What this process's own log finds out by itself is looked into at once.
    this.stopListening = options.gate.listen(({ status }) => {
      if (status === 'unverified' && this.verdict.status === 'sound') void this.look();
    });
  }

  start(): void {
    void this.look();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.stopListening();
    clearTimeout(this.timer);
    await this.current;
  }

  /** The connection is lost: nobody vouches for what will be there when it is back. */
  lost(): void {
    this.round += 1;
    this.conclude({ status: 'checking', reason: 'the connection to NATS was lost' });
  }

  /** What an app is to do; after a look that takes in what it knows itself. */
  async answer({ epoch, newest }: LogQuestion): Promise<LogVerdict> {
    // What is known of an earlier epoch may have been given up, and which epoch this is the first look tells.
    if (this.epoch === undefined) await this.look();
    const knowsGivenUp = epoch !== undefined && epoch !== this.epoch;
    await this.look(knowsGivenUp ? undefined : newest);
    return this.verdict;
  }

  /** One look for all who ask meanwhile; whoever asks while one runs gets the next. */
  look(newest?: LogPlace): Promise<void> {
    if (newest) this.places.push(newest);
    this.next ??= this.current.then(() => {
      this.next = undefined;
      return (this.current = this.lookNow(this.places.splice(0)));
    });
    return this.next;
  }

  private async lookNow(places: readonly LogPlace[]): Promise<void> {
    if (this.stopped.signal.aborted) return;
    clearTimeout(this.timer);
    const { round } = this;
    try {
      const records = await this.options.account.find();
      if (this.isShortened(records)) return;
      const look = await this.confirmed(records, places);
      if (round !== this.round || this.stopped.signal.aborted) return;
      await (look.loss ? this.foundLoss(records, look) : this.foundSound(records, look));
    } catch (error) {
      this.couldNotLook(error);
    } finally {
      const isSound = this.verdict.status === 'sound';
      const waitMs = isSound ? (this.options.intervalMs ?? 5_000) : lookAgainMs;
      if (!this.stopped.signal.aborted) this.timer = setTimeout(() => void this.look(), waitMs).unref();
    }
  }

  private isShortened({ epoch }: LogRecords): boolean {
    this.epoch ??= epoch;
    if (epoch === this.epoch) return false;
    this.options.gate.shut('unverified', 'the log was accepted without commits that this process may know');
    this.options.onShortened('the log was accepted without commits that this process may know: it has to start anew');
    return true;
  }

  private async confirmed(records: LogRecords, places: readonly LogPlace[]): Promise<LogLook> {
    const { tail, gate, confirmMs = 500 } = this.options;
    const own = gate.newest ? [gate.newest] : [];
    const evidence = [
      ...evidenceOf(records),
      ...[...own, ...places].map((place) => ({ ...place, commitDigest: null })),
    ];
    let look = await lookForLoss(tail, evidence, records.witness.gone);
    for (let looks = 1; look.loss && looks < looksMin && this.verdict.status !== 'suspect'; looks += 1) {
      gate.shut('unverified', look.loss.reason);
      await delay(confirmMs, undefined, { signal: this.stopped.signal });
      look = await lookForLoss(tail, evidence, records.witness.gone);
    }
    return look;
  }

  private async foundLoss(records: LogRecords, { loss }: LogLook): Promise<void> {
    const { account, log, tell, who } = this.options;
    const wasSuspect = this.verdict.status === 'suspect';
    this.conclude({ status: 'suspect', reason: `the log lacks what was seen of it: ${loss!.reason}; ${cure}` });
    if (!wasSuspect)
      log.error('THE LOG IS SUSPECT: nothing is written until somebody has settled it', {
        ...{
          cause: loss!.cause,
          reason: loss!.reason,
          seenTo: records.checkpoint.sequence,
          logEnd: loss!.logEnd,
          cure,
        },
      });
    tell(this.verdict);
    await account.open({ ...loss!, foundBy: who });
  }

  private async foundSound(records: LogRecords, { bounds }: LogLook): Promise<void> {
    const { account, log, who } = this.options;
    const { round } = this;
    const { checkpoint, witness, open } = records;
    if (open.length > 0) {
      await account.restored(
        open.map(({ id }) => id),
        who,
      );
      // A connection that was lost meanwhile: nobody has looked at what comes back.
      if (round !== this.round) return;
      log.warn('the log holds again what it lacked: work goes on', { incidents: open.map(({ id }) => id) });
    }
    this.conclude({ status: 'sound', reason: '' });
    const { sequence, commitId, commitDigest } = checkpoint.sequence >= witness.sequence ? checkpoint : witness;
    await account.remember({ sequence, commitId, commitDigest, gone: bounds.gone });
  }

  /** Neither proof nor disproof: what was sound stays so, what was not has to wait. */
  private couldNotLook(error: unknown): void {
    const { gate, log } = this.options;
    if (this.stopped.signal.aborted) return;
    log.debug('whether the log is whole could not be looked at; next time', { error });
    if (this.verdict.status === 'suspect' || gate.isOpen) return;
    const why = error instanceof Error ? error.message : String(error);
    this.conclude({ status: 'checking', reason: `whether the log is whole cannot be said just now: ${why}` });
  }

  private conclude({ status, reason }: Omit<LogVerdict, 'epoch'>): void {
    const { gate } = this.options;
    this.verdict = { status, reason, epoch: this.epoch ?? 0 };
    if (status === 'sound') gate.open();
    else gate.shut(status === 'suspect' ? 'suspect' : 'unverified', reason);
  }
}
