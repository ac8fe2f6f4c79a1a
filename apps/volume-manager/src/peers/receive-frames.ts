import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import { ChunkGarbage } from '../fill/chunk-garbage';
import { ResumeAccount, type ResumeBudget } from '../fill/source/resume-budget';
import { type Peer, askPeer } from './ask-peer';
import { type CopyRef, diskPath } from './copy-protocol';
import { CutOffError, type DataFrame, framesOf } from './frames';
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

/** A transfer that has begun: who learns in `open` that the peer serves need not have made room before. */
export interface OpenTransfer {
  /** See `framesOf`. To be iterated once, and to its end unless it throws or is left. */
  frames(): AsyncGenerator<DataFrame>;
  /** Ends a transfer of which nothing is to be read. */
  leave(): void;
}

/**
 * Opens a copy's disk at its peer. A transfer that breaks or stalls goes on where its last whole frame ended.
 *
 * Throws `PeerDeclinedError`, and so does the iteration; the signal's reason.
 */
export async function openTransfer(options: ReceiveOptions): Promise<OpenTransfer> {
  const transfer = new Transfer(options);
  await transfer.open();
  return transfer;
}

class Transfer implements OpenTransfer {
  /** Everything before it has come. */
  private atByte = 0;
  private response: IncomingMessage | undefined;
  private readonly account: ResumeAccount;
  private readonly garbage = new ChunkGarbage();

  constructor(private readonly options: ReceiveOptions) {
    this.account = new ResumeAccount(options.resume ?? defaultPeerBudget);
  }

  async open(): Promise<void> {
    const { peer, copy, context, signal, stallTimeoutMs = defaultStallMs } = this.options;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), stallTimeoutMs);
    try {
      const ended = AbortSignal.any([signal, limit.signal]);
      const response = await askPeer({ peer, path: diskPath(copy, this.atByte), context: context(), signal: ended });
      response.setTimeout(stallTimeoutMs, () => {
        // What has come and was not taken yet is our own delay.
        if (response.readableLength === 0) response.destroy(new Error(`nothing came for ${stallTimeoutMs} ms`));
      });
      this.response = response;
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
    this.response?.destroy();
  }

  async *frames(): AsyncGenerator<DataFrame> {
    const { signal } = this.options;
    for (;;) {
      const before = this.atByte;
      try {
        yield* this.framesOfConnection();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CutOffError)) throw error;
        await this.goOn(error, this.atByte - before);
      }
    }
  }

  private async *framesOfConnection(): AsyncGenerator<DataFrame> {
    const { sizeBytes, signal } = this.options;
    try {
      for await (const frame of framesOf(this.chunks(), { fromByte: this.atByte, sizeBytes })) {
        signal.throwIfAborted();
        yield frame;
        this.atByte = frame.offset + frame.lengthBytes;
      }
    } finally {
      this.leave();
    }
  }

  private async *chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of this.response! as AsyncIterable<Buffer>) {
      this.options.onBytes(chunk.length);
      this.garbage.passed(chunk.length);
      yield chunk;
    }
  }

  /** Opens the rest at the same peer, as often as the budget allows. */
  private async goOn(cause: CutOffError, broughtBytes: number): Promise<void> {
    const { peer, signal, onResumed } = this.options;
    let why: Error = cause;
    for (let brought = broughtBytes; ; brought = 0) {
      const pauseMs = this.account.take(brought);
      if (pauseMs === undefined) {
        throw new PeerDeclinedError('broken-off', `the transfer from ${peer.host} broke off at byte ${this.atByte}`, {
          cause: why,
        });
      }
      await pause(pauseMs, undefined, { signal });
      try {
        await this.open();
        return onResumed({ atByte: this.atByte, cause });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PeerDeclinedError) || !passing.includes(error.reason)) throw error;
        why = error;
      }
    }
  }
}

/** What may be over at the next attempt: a peer may not have noticed yet that the connection before is gone. */
const passing: readonly string[] = ['unreachable', 'timeout', 'busy'];
