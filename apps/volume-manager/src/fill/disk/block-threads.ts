import { availableParallelism } from 'node:os';
import { startThread } from '../threads/thread';
import type { BlockDone, BlockOrder } from './block-orders';

/** More would only share the same memory bandwidth. */
const threadsMax = 4;

interface BlockThread {
  readonly thread: ReturnType<typeof startThread>;
  readonly waiting: Map<number, { resolve: (done: BlockDone) => void; reject: (error: Error) => void }>;
}

/** The threads that make blocks ready: shared by all fills of the process. */
export class BlockThreads {
  private threads: BlockThread[] = [];
  private orders = 0;

  /** Starts them, if they do not run: the first fill need not wait for that. */
  start(): void {
    if (this.threads.length > 0) return;
    const count = Math.min(availableParallelism(), threadsMax);
    this.threads = Array.from({ length: count }, () => this.startOne());
  }

  /** The block's memory is the thread's until the promise settles. Rejects when the thread has ended. */
  make(order: Omit<BlockOrder, 'id'>): Promise<BlockDone> {
    const { thread, waiting } = this.leastBusy();
    const id = (this.orders += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      const moved = order.packed.map(({ packed }) => packed.buffer as ArrayBuffer);
      thread.postMessage({ ...order, id } satisfies BlockOrder, moved);
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.threads.splice(0).map(({ thread }) => thread.terminate()));
  }

  private leastBusy(): BlockThread {
    this.start();
    return this.threads.reduce((best, next) => (next.waiting.size < best.waiting.size ? next : best));
  }

  private startOne(): BlockThread {
    const started: BlockThread = { thread: startThread('block'), waiting: new Map() };
    const fail = (error: Error) => {
      this.threads = this.threads.filter((other) => other !== started);
      for (const { reject } of started.waiting.values()) reject(error);
      started.waiting.clear();
    };
    started.thread.on('message', (done: BlockDone) => {
      started.waiting.get(done.id)?.resolve(done);
      started.waiting.delete(done.id);
    });
    started.thread.on('error', fail);
    started.thread.on('exit', () => fail(new Error('a thread that makes blocks of a disk ready has ended')));
    return started;
  }
}
