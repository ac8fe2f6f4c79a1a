import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const slotBytes = 1024 * 1024;
const slots = 8;

type FromWorker = { readonly slot: number } | { readonly digest: string };

/**
 * Hashes a stream on a thread of its own. Bytes are copied once into a ring of shared memory of 8 MiB; who is faster than the hash
 * waits for a slot. One hash at a time; a lane is used again for the next.
 */
export class HashLane {
  private readonly ring = new SharedArrayBuffer(slots * slotBytes);
  private readonly memory = Buffer.from(this.ring);
  private readonly worker = new Worker(join(__dirname, 'hash.worker.cjs'), {
    workerData: { ring: this.ring, slotBytes },
  });
  /** Slots that the thread has nothing to do with. One that was sent comes back only when the thread says so. */
  private readonly free = Array.from({ length: slots }, (_, index) => index);
  private slot: number | undefined;
  private used = 0;
  private onSlot: (() => void) | undefined;
  private onDigest: ((digest: string) => void) | undefined;
  private failure: Error | undefined;
  private onFailure: ((error: Error) => void) | undefined;

  constructor() {
    this.worker.on('message', (message: FromWorker) => this.receive(message));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('the thread that hashes has ended')));
    this.worker.unref();
  }

  /** Begins a hash; what was hashed before is forgotten. */
  begin(algorithm: string): void {
    // Slots of a hash that is given up may still be with the thread: they are not ours yet.
    if (this.slot !== undefined) this.free.push(this.slot);
    this.slot = undefined;
    this.used = 0;
    this.worker.postMessage({ begin: algorithm });
  }

  /** Takes the next bytes; they may be used again when the promise settles, which is at once while there is room. */
  async update(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.slot ??= await this.nextSlot();
      const taken = Math.min(bytes.length - at, slotBytes - this.used);
      bytes.copy(this.memory, this.slot * slotBytes + this.used, at, at + taken);
      this.used += taken;
      at += taken;
      if (this.used === slotBytes) this.send();
    }
  }

  /** The hash of all that was taken since `begin`, hexadecimal. */
  async digest(): Promise<string> {
    return this.ask({ end: true });
  }

  /** The hash of all that was taken so far; it goes on afterwards. */
  async peek(): Promise<string> {
    return this.ask({ peek: true });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(question: object): Promise<string> {
    if (this.used > 0) this.send();
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.onDigest = resolve;
      this.onFailure = reject;
      this.worker.postMessage(question);
    });
  }

  private send(): void {
    this.worker.postMessage({ slot: this.slot, bytes: this.used });
    this.slot = undefined;
    this.used = 0;
  }

  private async nextSlot(): Promise<number> {
    while (this.free.length === 0 && !this.failure) {
      await new Promise<void>((resolve, reject) => {
        this.onSlot = resolve;
        this.onFailure = reject;
      });
    }
    const slot = this.free.pop();
    if (slot === undefined) throw this.failure ?? new Error('no slot is free');
    return slot;
  }

  private receive(message: FromWorker): void {
    if ('digest' in message) return this.onDigest?.(message.digest);
    this.free.push(message.slot);
    this.onSlot?.();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.onFailure?.(this.failure);
  }
}
