import { HashLane } from './hash-lane';

/** Each keeps its memory and a thread: enough for fills that follow each other, and no more after a crowd of them. */
const idleMax = 2;

/** Lanes that wait for their next stream: a thread is started once, not for every fill. */
export class HashLanes {
  private idle: HashLane[] = [];
  private isClosed = false;

  /** Starts a thread, if none waits and they are not closed: the first fill need not wait for that. */
  start(): void {
    this.dropEnded();
    if (this.idle.length === 0 && !this.isClosed) this.idle.push(new HashLane());
  }

  /**
   * Gives `work` a lane, on which it begins a hash. A lane whose work failed is thrown away, for slots of the failed hash may still
   * come back to it. Rejects when the lanes are closed.
   */
  async use<Result>(work: (lane: HashLane) => Promise<Result>): Promise<Result> {
    if (this.isClosed) throw new Error('the threads that hash are closed');
    this.dropEnded();
    const lane = this.idle.pop() ?? new HashLane();
    try {
      const result = await work(lane);
      if (this.idle.length < idleMax && !this.isClosed) this.idle.push(lane);
      else await lane.close();
      return result;
    } catch (error) {
      void lane.close();
      throw error;
    }
  }

  /** Ends the threads, for good; one that is used ends with its work. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.idle.splice(0).map((lane) => lane.close()));
  }

  private dropEnded(): void {
    this.idle = this.idle.filter((lane) => !lane.hasEnded);
  }
}
