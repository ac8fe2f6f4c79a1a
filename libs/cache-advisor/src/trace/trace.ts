import { type Outcome, outcomes } from '@hearth/contracts';
import { type CacheDecision, checkDecision } from './decision';

/** The distinct contents of a trace, by number from 0. */
export interface TraceItems {
  readonly count: number;
  readonly keys: readonly string[];
  /** GiB of a copy. */
  readonly sizeGib: Float64Array;
  /** Bytes of a download. */
  readonly bytes: Float64Array;
}

/** The decisions of one pool in columns, in order of time: a million of them are read in milliseconds and make no garbage. */
export interface Trace {
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly at: Float64Array;
  /** Which content was asked for. */
  readonly item: Uint32Array;
  readonly refillSeconds: Float64Array;
  /** Ordinal in `outcomes`. */
  readonly outcome: Uint8Array;
  readonly items: TraceItems;
}

/** Which decisions a trace is made of; all of them when left out. A size is advised for one pool at a time. */
export interface TraceSelection {
  readonly pool?: string;
  readonly projectId?: string;
}

/**
 * Decisions as a trace. They are put in order of time; those of one instant keep the order they came in. A content whose size or
 * bytes change has those of its latest decision. Throws `UnusableDecisionError`.
 */
export function buildTrace(decisions: Iterable<CacheDecision>, { pool, projectId }: TraceSelection = {}): Trace {
  const builder = new TraceBuilder();
  let index = 0;
  for (const decision of decisions) {
    checkDecision(decision, index);
    index += 1;
    if (pool !== undefined && decision.pool !== pool) continue;
    if (projectId !== undefined && decision.projectId !== projectId) continue;
    builder.add(decision);
  }
  return builder.trace();
}

/** The pools that decisions speak of, in order of their names. */
export function poolsOf(decisions: Iterable<CacheDecision>): readonly string[] {
  const pools = new Set<string>();
  for (const { pool } of decisions) pools.add(pool);
  return [...pools].sort();
}

const ordinals = Object.fromEntries(outcomes.map((outcome, ordinal) => [outcome, ordinal])) as Record<Outcome, number>;

class TraceBuilder {
  private readonly numbers = new Map<string, number>();
  private readonly keys: string[] = [];
  private readonly sizes: number[] = [];
  private readonly bytes: number[] = [];
  private readonly at: number[] = [];
  private readonly item: number[] = [];
  private readonly refill: number[] = [];
  private readonly outcome: number[] = [];

  add({ at, key, sizeGib, bytes, refillSeconds, outcome }: CacheDecision): void {
    let item = this.numbers.get(key);
    if (item === undefined) {
      item = this.keys.length;
      this.numbers.set(key, item);
      this.keys.push(key);
    }
    this.sizes[item] = sizeGib;
    this.bytes[item] = bytes;
    this.at.push(at);
    this.item.push(item);
    this.refill.push(refillSeconds);
    this.outcome.push(ordinals[outcome]);
  }

  trace(): Trace {
    const order = this.order();
    return {
      length: this.at.length,
      at: Float64Array.from(order, (index) => this.at[index]!),
      item: Uint32Array.from(order, (index) => this.item[index]!),
      refillSeconds: Float64Array.from(order, (index) => this.refill[index]!),
      outcome: Uint8Array.from(order, (index) => this.outcome[index]!),
      items: {
        count: this.keys.length,
        keys: this.keys,
        sizeGib: Float64Array.from(this.sizes),
        bytes: Float64Array.from(this.bytes),
      },
    };
  }

  /** Positions by time. */
  private order(): Uint32Array {
    const { at } = this;
    const order = Uint32Array.from(at, (_, index) => index);
    const isSorted = at.every((time, index) => index === 0 || time >= at[index - 1]!);
    return isSorted ? order : order.sort((one, other) => at[one]! - at[other]! || one - other);
  }
}
