import { type Figure, median } from '../../figures';

export interface ReadOptions {
  readonly apiUrl: string;
  readonly pool: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly requests: number;
  readonly note: string;
}

const sorts = ['', 'size_gib:desc', 'hits:desc', 'last_used_at:asc', 'image_name:asc', 'used_by:desc'];
const pageSize = 100;

/** Pages of entries and states of the past, asked for by one administrator, one after the other. */
export async function readFigures(options: ReadOptions): Promise<Figure[]> {
  const ask = (path: string) => askAsAdmin(`${options.apiUrl}/v3${path}`);
  const { pool, requests, firstMs, lastMs, note } = options;
  const inPool = `pool=${encodeURIComponent(pool)}`;
  const pages: string[] = sorts.map((sort) => `/cache/entries?${inPool}&limit=${pageSize}${sort && `&sort=${sort}`}`);
  for (let page = 0; page < 4; page++) {
    const { entries } = (await ask(pages[page === 0 ? 0 : pages.length - 1]!)) as { entries: { id: string }[] };
    const last = entries.at(-1);
    if (!last || entries.length < pageSize) break;
    pages.push(`${pages[0]!}&marker=${last.id}`);
  }
  const moments = [0.02, 0.25, 0.5, 0.75, 0.98].map((part) => firstMs + part * (lastMs - firstMs));
  const states = moments.map((atMs) => `/cache/state?${inPool}&at=${new Date(Math.round(atMs)).toISOString()}`);
  const list = await times(ask, pages, requests);
  const state = await times(ask, states, Math.ceil(requests / 10));
  const asked = (count: number) => `${note}; ${count} requests, one at a time`;
  return [
    { name: `list of ${pageSize} entries, p50`, value: list.p50Ms, unit: 'ms', note: asked(requests) },
    {
      name: `list of ${pageSize} entries, p99`,
      value: list.p99Ms,
      unit: 'ms',
      goal: { atMost: 50 },
      note: asked(requests),
    },
    { name: 'state at a past time, p50', value: state.p50Ms, unit: 'ms', note },
    { name: 'state at a past time, most', value: state.mostMs, unit: 'ms', goal: { atMost: 1_000 }, note },
  ];
}

async function times(ask: (path: string) => Promise<unknown>, paths: readonly string[], count: number) {
  for (const path of paths) await ask(path);
  const taken: number[] = [];
  for (let request = 0; request < count; request++) {
    const beganMs = performance.now();
    await ask(paths[request % paths.length]!);
    taken.push(performance.now() - beganMs);
  }
  const sorted = taken.sort((one, other) => one - other);
  return { p50Ms: median(sorted), p99Ms: sorted[Math.floor(count * 0.99)]!, mostMs: sorted.at(-1)! };
}

async function askAsAdmin(url: string): Promise<unknown> {
  const answer = await fetch(url, { headers: { 'x-auth-token': 'bench:root:admin' } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GET ${url} was answered with ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
