import { Random } from '@hearth/image-format/testing';
import { routes } from '@hearth/cinder-v3';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allSteps } from '../../../../apps/api/src/testing/walk/steps';
import { fnv } from '../engine/fnv';
import { shape } from '../engine/target';
import type { ApiFuzzOptions } from './api-options';
import { type ApiUnderTest, startApi } from './api-under-test';
import { exchange, type FuzzAnswer } from './exchange';
import { type FuzzRequest, readStoredRequest, storedRequest } from './fuzz-request';
import { KnownObjects } from './known-objects';
import { isAway, type Promises, problemOf } from './oracle';
import { type Canary, plantCanary, stockProject } from './project-state';
import { RequestMaker } from './request-maker';

/** Requests at once. */
const clients = 8;
const problemsMax = 20;
const stockEvery = 1_500;
const progressMs = 15_000;
/** The most that the api may ever hold, MiB. */
const memoryMibMax = 400;
/** A machine that is busy with something else may starve the broker now and then: of so many answers one may say so. */
const awayOneIn = 1_000;

/** A promise that was broken, and by which request. */
interface Problem {
  readonly text: string;
  readonly request: FuzzRequest;
  readonly answer: string;
}

/** What was asked and answered so far. */
class Tally {
  count = 0;
  away = 0;
  slowest: { readonly ms: number; readonly name: string } = { ms: 0, name: 'none' };
  readonly statuses = new Map<number | string, number>();
  /** What was done at least once, and not only refused. */
  readonly done = new Set<string>();
  /** By operation and kind: the first of each is enough. */
  readonly problems = new Map<string, Problem>();

  note(request: FuzzRequest, status: number | string, text: string | undefined, answer: string): void {
    this.count += 1;
    if (typeof status === 'number' && status < 400) this.done.add(request.name);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (text === undefined) return;
    const key = `${request.name}: ${shape(text)}`;
    if (this.problems.has(key)) return;
    this.problems.set(key, { text, request, answer });
    print(`BROKEN ${request.name} as ${request.bearer} ${text}: ${answer.slice(0, 2_000)}`);
  }

  time(name: string, ms: number): void {
    if (ms > this.slowest.ms) this.slowest = { ms, name };
  }

  get isBroken(): boolean {
    return this.problems.size >= problemsMax;
  }

  toString(): string {
    const statuses = [...this.statuses].sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
    return `${this.count} requests; ${statuses.map(([status, count]) => `${status}: ${count}`).join(', ')}`;
  }
}

const steps = allSteps.map((step) => {
  const parameters = routes.find(({ operation }) => operation === step.operation)?.parameters ?? [];
  return { ...step, parameters };
});

/** Asks an api of its own at random for as long as it is told; returns the exit code. `root`: the checkout. */
export async function fuzzApi(options: ApiFuzzOptions, root: string): Promise<0 | 1> {
  const api = await startApi(root);
  try {
    if (options.reproduce !== undefined) return await reproduce(api, options.reproduce);
    const known = new KnownObjects();
    const canary = await plantCanary(api.url, known);
    await stockProject(api.url, known);
    const tally = await askAround(api, known, canary, options);
    return await conclude(api, canary, tally, options);
  } finally {
    await api.stop();
  }
}

async function askAround(
  api: ApiUnderTest,
  known: KnownObjects,
  canary: Promises,
  { minutes, seed }: ApiFuzzOptions,
): Promise<Tally> {
  const tally = new Tally();
  const until = Date.now() + minutes * 60_000;
  const isOver = () => Date.now() > until || tally.isBroken || api.ended() !== undefined;
  const progress = setInterval(() => print(String(tally)), progressMs);
  const client = async (_: unknown, number: number) => {
    const maker = new RequestMaker(new Random(seed * clients + number), steps, known);
    while (!isOver()) {
      const request = maker.next();
      const answer = await exchange(api.url, request);
      const isAnswer = typeof answer === 'object';
      if (isAnswer && answer.status < 300) known.learn(answer.body);
      if (isAway(answer)) tally.away += 1;
      if (isAnswer && !request.slow) tally.time(request.name, answer.elapsedMs);
      const problem = problemOf(request, answer, canary);
      const seen = isAnswer ? `${answer.body}${problem === undefined ? '' : causeOf(api, answer)}` : answer;
      tally.note(request, isAnswer ? answer.status : answer, problem, seen);
      if (number === 0 && tally.count % stockEvery < clients) await stockProject(api.url, known).catch(() => undefined);
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    clearInterval(progress);
  }
  return tally;
}

/** What the api wrote of a request that it could not answer. */
function causeOf(api: ApiUnderTest, { headers }: FuzzAnswer): string {
  const id = headers.get('x-openstack-request-id') ?? 'none';
  const line = api
    .output()
    .split('\n')
    .find((one) => one.includes(id) && one.includes('"error"'));
  return line === undefined ? '' : `\n  ${line}`;
}

/** Looks whether the api lives within its memory and the canary is as it was, and stores what broke a promise. */
async function conclude(
  api: ApiUnderTest,
  canary: Canary,
  tally: Tally,
  { directory }: ApiFuzzOptions,
): Promise<0 | 1> {
  const findings: string[] = [];
  const ended = api.ended();
  if (ended !== undefined) findings.push(`${ended}\n${api.output().slice(-4_000)}`);
  else {
    const peakMib = await api.peakMib();
    print(`the api held ${peakMib.toFixed(0)} MiB at the most`);
    if (peakMib > memoryMibMax) findings.push(`the api held more than ${memoryMibMax} MiB`);
    await canary.check().catch((error: Error) => findings.push(error.message));
  }
  if (tally.away > 1 + tally.count / awayOneIn)
    findings.push(`${tally.away} answers say that NATS or the database is away`);
  print(`slowest: ${tally.slowest.name}, ${tally.slowest.ms} ms; away: ${tally.away}`);
  for (const { text, request, answer } of tally.problems.values()) {
    const stored = storedRequest(request);
    const path = join(directory, `api-${fnv(Buffer.from(stored)).toString(16).padStart(8, '0')}.json`);
    await mkdir(directory, { recursive: true });
    await writeFile(path, stored);
    findings.push(`${request.name} ${text}: ${answer.slice(0, 2_000)}\n  npm run fuzz -- api --reproduce ${path}`);
  }
  print(String(tally));
  const refused = steps.filter(({ name }) => !tally.done.has(name)).map(({ name }) => name);
  print(
    `${steps.length - refused.length} of ${steps.length} operations done; only refused: ${refused.join(', ') || 'none'}`,
  );
  for (const finding of findings) print(`FAILED ${finding}`);
  return findings.length > 0 ? 1 : 0;
}

/** One stored request, of an api with nothing in it. */
async function reproduce(api: ApiUnderTest, path: string): Promise<0 | 1> {
  const request = readStoredRequest(await readFile(path, 'utf8'));
  const answer = await exchange(api.url, request);
  const problem = problemOf(request, answer, { secrets: [], ids: [] });
  print(typeof answer === 'object' ? `${answer.status} ${answer.body}` : answer);
  print(problem === undefined ? 'keeps every promise' : `FAILED ${problem}\n${api.output().slice(-4_000)}`);
  return problem === undefined ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
