import { HashLane } from './hash-lane';

/** Lanes that wait for their next stream: a thread is started once, not for every fill. */
export class HashLanes {
  private readonly idle: HashLane[] = [];

  /**
   * Gives `work` a lane that has begun a hash. A lane whose work failed is thrown away, for slots of the failed hash may still
   * come back to it.
   */
  async use<Result>(algorithm: string, work: (lane: HashLane) => Promise<Result>): Promise<Result> {
    const lane = this.idle.pop() ?? new HashLane();
    try {
      lane.begin(algorithm);
      const result = await work(lane);
      this.idle.push(lane);
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
