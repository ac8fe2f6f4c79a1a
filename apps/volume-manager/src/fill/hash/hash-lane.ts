import { copyBytes } from '../disk/copy-bytes';
import { startThread } from '../threads/thread';
import type { HashAnswer, HashOrder, HashRing, SignatureRequest } from './hash-orders';

const slotBytes = 512 * 1024;
const slots = 6;

/** What a stream is hashed with, as Node names hashes. */
export interface HashPlan {
  readonly algorithm: string;
  /** What `peek` tells; `algorithm` unless told, else a second hash is computed beside it. */
  readonly peekAlgorithm?: string;
  /** Where a signature is to be checked at the end. */
  readonly signatureHash?: string;
}

/**
 * Hashes a stream on a thread of its own. Bytes are copied once into a ring of shared memory of 3 MiB; who is faster than the hash
 * waits for a slot. One stream at a time; a lane is used again for the next.
 */
export class HashLane {
  private readonly ring = new SharedArrayBuffer(slots * slotBytes);
  private readonly memory = Buffer.from(this.ring);
  private readonly thread = startThread('hash', { ring: this.ring, slotBytes } satisfies HashRing);
  /** Slots that the thread has nothing to do with. One that was sent comes back only when the thread says so. */
  private readonly free = Array.from({ length: slots }, (_, index) => index);
  private slot: number | undefined;
  private used = 0;
  private onSlot: (() => void) | undefined;
  private onAnswer: ((answer: HashAnswer) => void) | undefined;
  private failure: Error | undefined;
  private onFailure: ((error: Error) => void) | undefined;

  constructor() {
    this.thread.on('message', (message: HashAnswer) => this.receive(message));
    this.thread.on('error', (error) => this.fail(error));
    this.thread.on('exit', () => this.fail(new Error('the thread that hashes has ended')));
  }

  /** Whether its thread has ended: it is of no use any more. */
  get hasEnded(): boolean {
    return this.failure !== undefined;
  }

  /** Begins a stream; what was hashed before is forgotten. */
  begin({ algorithm, peekAlgorithm = algorithm, signatureHash }: HashPlan): void {
    // Slots of a hash that is given up may still be with the thread: they are not ours yet.
    if (this.slot !== undefined) this.free.push(this.slot);
    this.slot = undefined;
    this.used = 0;
    this.tell({ do: 'begin', algorithm, peekAlgorithm, signatureHash });
  }

  /** Takes the next bytes; they may be used again when the promise settles, which is at once while there is room. */
  async update(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.slot ??= this.free.pop() ?? (await this.nextSlot());
      const taken = Math.min(bytes.length - at, slotBytes - this.used);
      copyBytes(bytes.subarray(at, at + taken), this.memory, this.slot * slotBytes + this.used);
      this.used += taken;
      at += taken;
      if (this.used === slotBytes) this.send();
    }
  }

  /** The `algorithm`'s hash of all that was taken since `begin`, hexadecimal. Nothing can be added afterwards. */
  async digest(): Promise<string> {
    return digestOf(await this.ask({ do: 'end' }));
  }

  /** The `peekAlgorithm`'s hash of all that was taken so far, hexadecimal; it goes on afterwards. */
  async peek(): Promise<string> {
    return digestOf(await this.ask({ do: 'peek' }));
  }

  /** Whether the signature is one of all that was taken since `begin`, which must have named its hash. */
  async verify(request: SignatureRequest): Promise<boolean> {
    const answer = await this.ask({ do: 'verify', request });
    return 'signatureHolds' in answer && answer.signatureHolds;
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }

  private ask(order: HashOrder): Promise<HashAnswer> {
    if (this.used > 0) this.send();
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.onAnswer = resolve;
      this.onFailure = reject;
      this.tell(order);
    });
  }

  private send(): void {
    if (this.slot !== undefined) this.tell({ do: 'update', slot: this.slot, bytes: this.used });
    this.slot = undefined;
    this.used = 0;
  }

  private tell(order: HashOrder): void {
    this.thread.postMessage(order);
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

  private receive(message: HashAnswer): void {
    if (!('slot' in message)) return this.onAnswer?.(message);
    this.free.push(message.slot);
    this.onSlot?.();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.onFailure?.(this.failure);
  }
}

const digestOf = (answer: HashAnswer): string => ('digest' in answer ? answer.digest : '');
