import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import { ChunkGarbage } from '../fill/chunk-garbage';
import { ResumeAccount, type ResumeBudget } from '../fill/source/resume-budget';
import { Arrivals } from './arrivals';
import { type Peer, askPeer } from './ask-peer';
import { type CopyRef, diskPath } from './copy-protocol';
import { type DataFrame, FrameParser } from './frames';
import { type MinimumProgress, ProgressWatch, defaultMinimumProgress } from './minimum-progress';
import { PeerDeclinedError } from './peer-declined.error';

export interface ReceiveOptions {
  readonly peer: Peer;
  readonly copy: CopyRef;
  readonly sizeBytes: number;
  readonly context: () => SecureContext;
  readonly signal: AbortSignal;
  /** `defaultPeerBudget` unless told. */
  readonly resume?: ResumeBudget | undefined;
  /** A connection that brings nothing for this long is given up, in milliseconds. */
  readonly stallTimeoutMs?: number | undefined;
  /** A connection that brings less of the disk is given up too. */
  readonly minimum?: MinimumProgress | undefined;
  /** What all attempts that bring next to nothing may take together, with the pauses before them, in milliseconds. */
  readonly fruitlessMsMax?: number | undefined;
  /** Hears of all bytes that come. */
  readonly onBytes: (bytes: number) => void;
  /** Hears of a transfer that goes on after it had broken. */
  readonly onResumed: (at: { readonly atByte: number; readonly cause: Error }) => void;
}

/** A peer that does not come back soon is left for another, or for the image service. */
export const defaultPeerBudget: ResumeBudget = {
  fruitlessMax: 3,
  resumptionsMax: 20,
  progressBytes: 1024 * 1024,
  pauseMs: 200,
  pauseMsMax: 2_000,
};

const defaultStallMs = 10_000;
const defaultFruitlessMsMax = 60_000;

/** A transfer that has begun: who learns in `open` that the peer serves need not have made room before. */
export interface OpenTransfer {
  /** See `FrameParser`; as many at once as have come. To be iterated once, and to its end unless it throws or is left. */
  frames(): AsyncGenerator<readonly DataFrame[]>;
  /** Ends a transfer of which nothing is to be read. */
  leave(): void;
}

/**
 * Opens a copy's disk at its peer. A transfer that breaks, stalls or crawls goes on where it ended.
 *
 * Throws `PeerDeclinedError`, and so does the iteration; the signal's reason.
 */
export async function openTransfer(options: ReceiveOptions): Promise<OpenTransfer> {
  const transfer = new Transfer(options);
  await transfer.open();
  return transfer;
}

/** What a connection has brought before it ended. */
interface Brought {
  bytes: number;
  /** How long it was waited for. */
  waitedMs: number;
}

class Transfer implements OpenTransfer {
  /** For the peer, which need not wait for a connection to end that we have given up. */
  private readonly name = randomUUID();
  /** Everything before it has come. */
  private atByte = 0;
  private arrivals: Arrivals | undefined;
  private readonly account: ResumeAccount;
  private readonly budget: ResumeBudget;
  private fruitlessMs = 0;
  private readonly garbage = new ChunkGarbage();

  constructor(private readonly options: ReceiveOptions) {
    this.budget = options.resume ?? defaultPeerBudget;
    this.account = new ResumeAccount(this.budget);
  }

  async open(): Promise<void> {
    const { peer, copy, context, signal, stallTimeoutMs = defaultStallMs } = this.options;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), stallTimeoutMs);
    try {
      const ended = AbortSignal.any([signal, limit.signal]);
      const path = diskPath(copy, { fromByte: this.atByte, transfer: this.name });
      this.arrivals = new Arrivals(await askPeer({ peer, path, context: context(), signal: ended }));
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.signal.aborted) throw error;
      throw new PeerDeclinedError('timeout', `${peer.host} has sent nothing for ${stallTimeoutMs} ms`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  leave(): void {
    this.arrivals?.leave();
  }

  async *frames(): AsyncGenerator<readonly DataFrame[]> {
    const { signal } = this.options;
    for (;;) {
      const brought: Brought = { bytes: 0, waitedMs: 0 };
      try {
        yield* this.framesOfConnection(brought);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CutOffError)) throw error;
        await this.goOn(error, brought);
      }
    }
  }

  private async *framesOfConnection(brought: Brought): AsyncGenerator<readonly DataFrame[]> {
    const { sizeBytes, signal, minimum = defaultMinimumProgress } = this.options;
    const parser = new FrameParser({ fromByte: this.atByte, sizeBytes });
    const watch = new ProgressWatch(minimum);
    try {
      while (!parser.isEnded) {
        const before = brought.waitedMs;
        const chunks = await this.next(brought);
        signal.throwIfAborted();
        const frames = chunks.flatMap((chunk) => parser.push(chunk));
        if (frames.length > 0) yield frames;
        const [came, moved] = [bytesOf(chunks), parser.reachedByte - this.atByte];
        this.garbage.passed(came);
        this.atByte = parser.reachedByte;
        brought.bytes += moved;
        // Of holes and compressed data few bytes come; of a large frame more than are whole.
        const complaint = watch.complaint(brought.waitedMs - before, Math.max(came, moved));
        if (complaint === undefined || parser.isEnded) continue;
        brought.bytes = 0;
        throw new CutOffError(new Error(`it comes too slowly: ${complaint}`));
      }
    } finally {
      this.leave();
    }
  }

  private async next(brought: Brought): Promise<readonly Buffer[]> {
    const { onBytes, stallTimeoutMs = defaultStallMs } = this.options;
    const began = performance.now();
    try {
      const chunks = await this.arrivals!.next(stallTimeoutMs);
      if (!chunks) throw new Error('it ended before its last frame');
      onBytes(bytesOf(chunks));
      return chunks;
    } catch (error) {
      throw new CutOffError(error);
    } finally {
      brought.waitedMs += performance.now() - began;
    }
  }

  /** Opens the rest at the same peer, as often and for as long as the budget allows. */
  private async goOn(cause: CutOffError, before: Brought): Promise<void> {
    const { signal, onResumed, fruitlessMsMax = defaultFruitlessMsMax } = this.options;
    let why: Error = cause;
    if (before.bytes < this.budget.progressBytes) this.fruitlessMs += before.waitedMs;
    for (let brought = before.bytes; ; brought = 0) {
      const pauseMs = this.account.take(brought);
      if (pauseMs === undefined || this.fruitlessMs >= fruitlessMsMax) throw this.brokenOff(why);
      const began = performance.now();
      try {
        await pause(pauseMs, undefined, { signal });
        await this.open();
        return onResumed({ atByte: this.atByte, cause });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PeerDeclinedError) || !passing.includes(error.reason)) throw error;
        why = error;
      } finally {
        this.fruitlessMs += performance.now() - began;
      }
    }
  }

  private brokenOff(cause: Error): PeerDeclinedError {
    const message = `the transfer from ${this.options.peer.host} broke off at byte ${this.atByte}`;
    return new PeerDeclinedError('broken-off', message, { cause });
  }
}

/** The stream ended before its last frame, or came too slowly: this connection brings no more. */
class CutOffError extends Error {
  constructor(cause: unknown) {
    super('the stream of a disk was cut off', { cause });
    this.name = 'CutOffError';
  }
}

const bytesOf = (chunks: readonly Buffer[]) => chunks.reduce((sum, { length }) => sum + length, 0);

/** What may be over at the next attempt: a peer may not have noticed yet that the connection before is gone. */
const passing: readonly string[] = ['unreachable', 'timeout', 'busy', 'failed'];
