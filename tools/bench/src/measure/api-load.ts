// Requests to the API from so many clients at once, each on a connection of its own that stays open.
import { Pool } from 'undici';
import { median } from '../figures';
import type { BenchStack } from '../bench-stack';
import { costed, type Costs } from './cpu-time';
import { atOnce } from './timed-create';

/** What a series of requests took. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one request. */
  readonly costs: Costs;
}

/** Clients that work at the same time. */
export const clientsMax = 16;

export class ApiClients {
  private readonly pool: Pool;

  constructor(
    private readonly stack: Pick<BenchStack, 'record' | 'stateDir'>,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {
    this.pool = new Pool(stack.record.apiUrl, { connections: clientsMax, pipelining: 1 });
  }

  /** Asks once; throws on an unexpected status. */
  async ask(method: 'GET' | 'POST', path: string, wanted: number, body?: object): Promise<unknown> {
    const answer = await this.pool.request({
      ...{ method, path },
      headers: { ...this.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== wanted) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Asks for `paths` in turn, `count` times in all, after a tenth of that to warm up. */
  async load(paths: readonly string[], count: number): Promise<Load> {
    await this.round(paths, Math.ceil(count / 10));
    let tookMs = 0;
    const { result: times, costs } = await costed(this.stack, count, async () => {
      const startMs = performance.now();
      const each = await this.round(paths, count);
      tookMs = performance.now() - startMs;
      return each;
    });
    const sorted = times.sort((one, other) => one - other);
    const p99Ms = sorted[Math.floor(sorted.length * 0.99)]!;
    return { perSecond: (count / tookMs) * 1_000, p50Ms: median(sorted), p99Ms, costs };
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private round(paths: readonly string[], count: number): Promise<number[]> {
    return atOnce(count, clientsMax, async (index) => {
      this.signal.throwIfAborted();
      const startMs = performance.now();
      const { body, statusCode } = await this.pool.request({
        method: 'GET',
        path: paths[index % paths.length]!,
        headers: this.headers,
      });
      await body.dump({ limit: Infinity });
      if (statusCode !== 200) throw new Error(`GET ${paths[index % paths.length]}: ${statusCode}`);
      return performance.now() - startMs;
    });
  }
}
