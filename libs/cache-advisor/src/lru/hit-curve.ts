import { type Demand, noSums, ratiosOf, type Sums } from '../trace/measure';

/** What would have been served from a cache, by its limit in GiB: steps that hold from one limit to the next. */
export class HitCurve {
  /** `limits` are ascending; `sums[n]` holds from `limits[n]` on. Below the first nothing is served. */
  constructor(
    readonly demand: Demand,
    readonly limits: Float64Array,
    private readonly sums: Readonly<Record<keyof Sums, Float64Array>>,
  ) {}

  /** Sums of the requests served under a limit in GiB; 0 is no limit, as everywhere. */
  hitsAt(limitGib: number): Sums {
    const step = this.stepAt(limitGib === 0 ? Infinity : limitGib);
    if (step < 0) return noSums;
    const { requests, bytes, seconds } = this.sums;
    return { requests: requests[step]!, bytes: bytes[step]!, seconds: seconds[step]! };
  }

  /** The same as shares of all requests, 0 to 1. */
  ratiosAt(limitGib: number): Sums {
    return ratiosOf(this.hitsAt(limitGib), this.demand.total);
  }

  /** The smallest limit in GiB that serves this share of requests, bytes or seconds; undefined when none does. */
  limitFor(hitRatio: number, by: keyof Sums): number | undefined {
    const wanted = hitRatio * this.demand.total[by];
    const step = this.sums[by].findIndex((sum) => sum >= wanted - tolerance * wanted);
    return step < 0 ? undefined : this.limits[step];
  }

  private stepAt(limitGib: number): number {
    let [low, high] = [0, this.limits.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.limits[middle]! <= limitGib) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Sums of seconds are made in another order than the whole. */
const tolerance = 1e-9;

/** Collects by limit what begins and what ends to be served there. */
export class HitCurveBuilder {
  private readonly steps = new Map<number, number>();
  private readonly limits: number[] = [];
  private readonly requests: number[] = [];
  private readonly bytes: number[] = [];
  private readonly seconds: number[] = [];

  /** From this limit on a request is served (`sign` 1), or is no longer (-1). */
  add(limitGib: number, sign: 1 | -1, bytes: number, seconds: number): void {
    let step = this.steps.get(limitGib);
    if (step === undefined) {
      step = this.limits.length;
      this.steps.set(limitGib, step);
      this.limits.push(limitGib);
      this.requests.push(0);
      this.bytes.push(0);
      this.seconds.push(0);
    }
    this.requests[step]! += sign;
    this.bytes[step]! += sign * bytes;
    this.seconds[step]! += sign * seconds;
  }

  build(demand: Demand): HitCurve {
    const order = Uint32Array.from(this.limits.keys()).sort((one, other) => this.limits[one]! - this.limits[other]!);
    const running = (deltas: readonly number[]) => {
      let sum = 0;
      return Float64Array.from(order, (step) => (sum += deltas[step]!));
    };
    return new HitCurve(
      demand,
      Float64Array.from(order, (step) => this.limits[step]!),
      { requests: running(this.requests), bytes: running(this.bytes), seconds: running(this.seconds) },
    );
  }
}
