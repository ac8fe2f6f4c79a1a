import { getHeapStatistics } from 'node:v8';
import { performance } from 'node:perf_hooks';
import { Random } from '@hearth/image-format/testing';
import type { Coverage } from './coverage';
import { fnv } from './fnv';
import { mutate } from './mutate';
import { shape, type Target } from './target';

export interface FuzzLimits {
  /** Longest time one input may take, in ms. */
  readonly inputMs: number;
  /** Most memory one input may add, garbage included, in bytes. */
  readonly inputMemoryBytes: number;
}

export interface FuzzerOptions {
  readonly target: Target;
  readonly seed: number;
  readonly limits: FuzzLimits;
  readonly coverage?: Coverage;
  /** Hears of every input before it is used: one that never ends can be found by it. */
  readonly onInput?: (input: Buffer) => void;
}

export interface Failure {
  readonly message: string;
  readonly input: Buffer;
}

export interface FuzzReport {
  readonly target: string;
  readonly execs: number;
  readonly elapsedMs: number;
  readonly seeds: number;
  /** Inputs that were kept because they did something new, the seeds not counted. */
  readonly kept: number;
  readonly behaviours: number;
  readonly slowest: { readonly ms: number; readonly input: Buffer };
  readonly hungriest: { readonly bytes: number; readonly input: Buffer };
  readonly failures: readonly Failure[];
}

const failuresMax = 10;
/** Of the inputs that were kept the oldest are given up beyond it. */
const keptBytesMax = 128 * 1024 * 1024;
/** Coverage is asked for once for so many inputs, and for each of them alone only when the answer is new. */
const batchSize = 48;

/** Feeds one target with changed inputs, keeps those that do something new, and notes broken promises. */
export class Fuzzer {
  private readonly random: Random;
  private readonly pool: Buffer[];
  private readonly behaviours = new Set<string>();
  private readonly failures = new Map<string, Failure>();
  private readonly seeds: number;
  private batch: { readonly input: Buffer; readonly isKept: boolean }[] = [];
  private kept = 0;
  private keptBytes = 0;
  private execs = 0;
  private elapsedMs = 0;
  private slowest: FuzzReport['slowest'] = { ms: 0, input: Buffer.alloc(0) };
  private hungriest: FuzzReport['hungriest'] = { bytes: 0, input: Buffer.alloc(0) };

  constructor(private readonly options: FuzzerOptions) {
    this.random = new Random(options.seed ^ fnv(Buffer.from(options.target.name)));
    this.pool = [...options.target.seeds().values()];
    this.seeds = this.pool.length;
  }

  get isBroken(): boolean {
    return this.failures.size >= failuresMax;
  }

  /** The seeds as they are. */
  async runSeeds(): Promise<void> {
    for (const seed of this.pool.slice(0, this.seeds)) await this.exec(seed);
    this.options.coverage?.take();
  }

  /** So many changed inputs; fewer when too much is broken. */
  async run(count: number): Promise<void> {
    const { coverage } = this.options;
    for (let done = 0; done < count && !this.isBroken; done++) {
      const input = mutate(this.choose(), this.random, [this.choose()]);
      const isKept = await this.exec(input);
      if (isKept) this.keep(input);
      if (coverage) this.batch.push({ input, isKept });
      if (this.batch.length >= batchSize) await this.lookAtBatch();
    }
  }

  report(): FuzzReport {
    return {
      target: this.options.target.name,
      execs: this.execs,
      elapsedMs: this.elapsedMs,
      seeds: this.seeds,
      kept: this.kept,
      behaviours: this.behaviours.size,
      slowest: this.slowest,
      hungriest: this.hungriest,
      failures: [...this.failures.values()],
    };
  }

  private keep(input: Buffer): void {
    // A copy: a part of a large input would hold all of it.
    this.pool.push(Buffer.from(input));
    this.kept += 1;
    this.keptBytes += input.length;
    while (this.keptBytes > keptBytesMax) this.keptBytes -= this.pool.splice(this.seeds, 1)[0]?.length ?? keptBytesMax;
  }

  /** The smaller of two, and rather one that was found lately: small inputs are quick, and new ones lead further. */
  private choose(): Buffer {
    const { random, pool } = this;
    const recent = () => pool[pool.length - 1 - random.below(Math.min(pool.length, 200))];
    const [a, b] = [random.pick(pool), random.oneIn(2) ? recent() : random.pick(pool)];
    if (!b || random.oneIn(8)) return a;
    return a.length < b.length ? a : b;
  }

  /** Runs one input; true when it behaved as none before. */
  private async exec(input: Buffer): Promise<boolean> {
    const { target, limits, onInput } = this.options;
    onInput?.(input);
    const before = memoryBytes();
    const startedAt = performance.now();
    let behaviour: string;
    try {
      behaviour = await target.run(input);
    } catch (error) {
      this.fail(input, error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      return false;
    }
    const ms = performance.now() - startedAt;
    const bytes = memoryBytes() - before;
    this.execs += 1;
    this.elapsedMs += ms;
    if (ms > this.slowest.ms) this.slowest = { ms, input };
    if (bytes > this.hungriest.bytes) this.hungriest = { bytes, input };
    if (ms > limits.inputMs) this.fail(input, `takes longer than ${limits.inputMs} ms`);
    if (bytes > limits.inputMemoryBytes) this.fail(input, `takes more than ${limits.inputMemoryBytes} bytes of memory`);
    const isNew = !this.behaviours.has(behaviour);
    this.behaviours.add(behaviour);
    return isNew;
  }

  private fail(input: Buffer, message: string): void {
    this.execs += 1;
    const key = shape(message);
    const known = this.failures.get(key);
    if (!known || input.length < known.input.length) this.failures.set(key, { message, input });
  }

  private async lookAtBatch(): Promise<void> {
    const inputs = this.batch.splice(0);
    const { coverage } = this.options;
    const snapshot = coverage?.snapshot();
    if (!coverage || !snapshot || !coverage.take()) return;
    coverage.restore(snapshot);
    for (const { input, isKept } of inputs) {
      await this.exec(input);
      if (coverage.take() && !isKept) this.keep(input);
    }
  }
}

/** What this thread holds, garbage that is not collected yet included. */
function memoryBytes(): number {
  const { used_heap_size: heap, external_memory: external, malloced_memory: malloced } = getHeapStatistics();
  return heap + external + malloced;
}
