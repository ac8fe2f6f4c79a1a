import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { startThread as startBundle } from '../threads/thread';
import type { BlockDone, BlockOrder, PackDone, PackOrder } from './block-orders';

/** More would only share the same memory bandwidth. */
const threadsMax = 4;

interface BlockThread {
  readonly thread: Worker;
  readonly waiting: Map<number, { resolve: (done: never) => void; reject: (error: Error) => void }>;
}

/** The threads that make blocks ready: shared by all fills of the process. */
export class BlockThreads {
  private threads: BlockThread[] = [];
  private orders = 0;
  private isClosed = false;

  /** @param startThread starts one of them */
  constructor(private readonly startThread = () => startBundle('block')) {}

  /** Starts those that do not run, unless they are closed: the first fill need not wait for that. */
  start(): void {
    if (this.isClosed) return;
    const count = Math.min(availableParallelism(), threadsMax);
    while (this.threads.length < count) this.threads.push(this.startOne());
  }

  /**
   * The block's memory is the thread's until the promise settles. Rejects when the thread has ended, which is replaced by the next
   * call, and when the threads are closed.
   */
  async make(order: Omit<BlockOrder, 'id'>): Promise<BlockDone> {
    const moved = order.packed.map(({ packed }) => packed.buffer as ArrayBuffer);
    return this.send<BlockOrder, BlockDone>(order, moved);
  }

  /** Compresses stretches of memory, each by itself. The memory and the promise are as those of `make`. */
  async pack(order: Omit<PackOrder, 'id'>): Promise<PackDone> {
    return this.send<PackOrder, PackDone>(order, []);
  }

  /** Ends the threads, for good. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.threads.splice(0).map(({ thread }) => thread.terminate()));
  }

  private async send<Order extends { id: number }, Done>(
    order: Omit<Order, 'id'>,
    moved: readonly ArrayBuffer[],
  ): Promise<Done> {
    const { thread, waiting } = this.leastBusy();
    const id = (this.orders += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      thread.postMessage({ ...order, id }, moved);
    });
  }

  private leastBusy(): BlockThread {
    if (this.isClosed) throw new Error('the threads that make blocks of a disk ready are closed');
    this.start();
    return this.threads.reduce((best, next) => (next.waiting.size < best.waiting.size ? next : best));
  }

  private startOne(): BlockThread {
    const started: BlockThread = { thread: this.startThread(), waiting: new Map() };
    const fail = (error: Error) => {
      this.threads = this.threads.filter((other) => other !== started);
      for (const { reject } of started.waiting.values()) reject(error);
      started.waiting.clear();
    };
    started.thread.on('message', (done: BlockDone | PackDone) => {
      started.waiting.get(done.id)?.resolve(done as never);
      started.waiting.delete(done.id);
    });
    started.thread.on('error', fail);
    started.thread.on('exit', () => fail(new Error('a thread that makes blocks of a disk ready has ended')));
    return started;
  }
}
