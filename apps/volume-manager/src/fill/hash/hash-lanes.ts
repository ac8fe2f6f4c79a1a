import { HashLane, type HashPlan } from './hash-lane';

/** Each keeps its memory and a thread: enough for fills that follow each other, and no more after a crowd of them. */
const idleMax = 2;

/** Lanes that wait for their next stream: a thread is started once, not for every fill. */
export class HashLanes {
  private readonly idle: HashLane[] = [];

  /** Starts a thread, if none waits: the first fill need not wait for that. */
  start(): void {
    if (this.idle.length === 0) this.idle.push(new HashLane());
  }

  /**
   * Gives `work` a lane that has begun a hash. A lane whose work failed is thrown away, for slots of the failed hash may still
   * come back to it.
   */
  async use<Result>(plan: HashPlan, work: (lane: HashLane) => Promise<Result>): Promise<Result> {
    const lane = this.idle.pop() ?? new HashLane();
    try {
      lane.begin(plan);
      const result = await work(lane);
      if (this.idle.length < idleMax) this.idle.push(lane);
      else void lane.close();
      return result;
    } catch (error) {
      void lane.close();
      throw error;
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((lane) => lane.close()));
  }
}
