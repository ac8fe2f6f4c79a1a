import type { ObjectExtent, ObjectReader } from '@hearth/driver-api';
import { Patience } from '../host/patience';

export interface PatientReaderOptions {
  /** An answer of the backend is waited for so many milliseconds. */
  readonly limitMs: number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/**
 * A copy that is read for a peer: nobody waits longer for its backend than patience lasts, nor once the peer has left. Its methods
 * throw `TimeLimitError` and the signal's reason besides what the backend throws.
 */
export class PatientReader implements ObjectReader {
  readonly sizeBytes: number;

  /** Opens a copy. The calls that hang are known to `calls` from the first one on. */
  static async open(
    open: () => Promise<ObjectReader>,
    options: PatientReaderOptions,
    calls: BackendCalls,
  ): Promise<PatientReader> {
    const patience = new Patience(options.limitMs, options.signal);
    const reader = await patience.answer('opening a copy', () =>
      calls.noted(open().then((opened) => calls.own(opened))),
    );
    return new PatientReader(reader, options, calls);
  }

  private constructor(
    private readonly reader: ObjectReader,
    private readonly options: PatientReaderOptions,
    private readonly calls: BackendCalls,
  ) {
    this.sizeBytes = reader.sizeBytes;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    return this.answer('reading a copy', () => this.reader.read(offset, target));
  }

  async *extents(): AsyncIterable<ObjectExtent> {
    const extents = this.reader.extents()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.answer('finding the data of a copy', () => extents.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // Not waited for: a walk that hangs ends when it comes back.
      void this.calls.noted(Promise.resolve(extents.return?.())).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.calls.close();
  }

  private async answer<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
    const { limitMs, signal } = this.options;
    return new Patience(limitMs, signal).answer(what, () => this.calls.noted(ask()));
  }
}

/** The calls to a backend that have not come back, and the reader that is to be closed behind them. */
export class BackendCalls {
  private readonly open = new Set<Promise<unknown>>();
  private reader: ObjectReader | undefined;

  get areOpen(): boolean {
    return this.open.size > 0;
  }

  /** The same promise. */
  noted<Result>(call: Promise<Result>): Promise<Result> {
    const settled = call.then(
      () => undefined,
      () => undefined,
    );
    this.open.add(settled);
    void settled.then(() => this.open.delete(settled));
    return call;
  }

  /** The reader that is closed in the end. */
  own(reader: ObjectReader): ObjectReader {
    return (this.reader = reader);
  }

  /** Closes the reader once all calls have come back, however late. */
  async close(): Promise<void> {
    while (this.open.size > 0) await Promise.all(this.open);
    await this.reader?.close();
  }
}
