// One app as a process of its own: started with a small young generation, waited for until it is ready, found again.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findLaunched, launch, type Launched } from '@hearth/testing/servers';
import { type AppName, type AppPlan, planDigest } from './app-plan';
import { bundleOf, bundleVersion } from './build-apps';

/** What is noted beside a running app. */
interface AppNotes extends Record<string, string | number> {
  url: string;
  healthUrl: string;
  digest: string;
}

export type RunningApp = Launched<AppNotes>;

export interface AppProcessOptions {
  /** The checkout with the bundles. */
  readonly root: string;
  /** Logs and process identities. */
  readonly directory: string;
  /** What the process inherits; what a plan sets wins. */
  readonly inherited: NodeJS.ProcessEnv;
  readonly detached: boolean;
  readonly readyTimeoutMs?: number;
}

/**
 * V8 lets each half of the young generation grow to 16 MiB and keeps what work once needed. With 4 MiB a scheduler at rest had 2
 * MiB less after its start and 22 MiB less (90 instead of 112) after thousands of requests, which took it no longer.
 */
const nodeOptions = ['--max-semi-space-size=4'];
/**
 * An app at rest has its heap's limit lowered to what it holds, and the buffers of a download count towards it: a fill of 1 GiB then
 * marked the whole heap 70 times, which took as long as its hashes. A volume-manager keeps its limit.
 *
 * V8 lets a heap grow up to fourfold before it looks for what is not needed any more, and long lists fill it with rows that are not. An
 * api that held 45 MiB then took 270 in all while 16 clients listed volumes; 150 since it looks when its heap has grown by 40 %.
 * So does a notifier that catches up with a long log.
 *
 * A fold leaves behind what each fact has put something else in the place of. A process that only folded 15,000 commits of a pool with
 * 10,000 entries took 205 MiB; 139 where it looked when its heap had doubled, for a twentieth more of processor time (at 40 %: 125, for a
 * quarter more).
 */
const nodeOptionsOf: Partial<Record<AppName, readonly string[]>> = {
  'volume-manager': ['--no-memory-reducer'],
  scheduler: ['--heap-growing-percent=100'],
  'cache-janitor': ['--heap-growing-percent=100'],
  api: ['--heap-growing-percent=40'],
  notifier: ['--heap-growing-percent=40'],
};
/** What Node is told beside the bundle of an app. */
export const nodeOptionsFor = (app: AppName): readonly string[] => [...nodeOptions, ...(nodeOptionsOf[app] ?? [])];
/** An app ends its running work within 20 s by default; then it is ended. */
const stopTimeoutMs = 25_000;

/** Starts an app and waits until its health page says that it is ready. The error quotes its log and the page. */
export async function startApp(plan: AppPlan, options: AppProcessOptions): Promise<RunningApp> {
  const { root, directory, inherited, detached, readyTimeoutMs = 60_000 } = options;
  const digest = planDigest(plan, await bundleVersion(root, plan.app));
  await mkdir(directory, { recursive: true });
  return launch<AppNotes>({
    name: plan.name,
    argv: [process.execPath, ...nodeOptionsFor(plan.app), bundleOf(root, plan.app)],
    directory,
    detached,
    cwd: root,
    env: { ...inherited, ...plan.env },
    stopTimeoutMs,
    readyTimeoutMs,
    ready: async () => {
      const health = await healthOf(plan.healthUrl);
      if (health !== 'ok') throw new Error(`${plan.healthUrl} says: ${health}`);
      return { url: plan.url, healthUrl: plan.healthUrl, digest };
    },
  });
}

/** The app if it runs from this directory, and whether it is what is planned. */
export async function findApp(
  plan: AppPlan,
  { root, directory }: Pick<AppProcessOptions, 'root' | 'directory'>,
): Promise<{ readonly process: RunningApp; readonly isAsPlanned: boolean } | undefined> {
  const found = await findLaunched<AppNotes>(directory, plan.name);
  if (!found) return undefined;
  const digest = planDigest(plan, await bundleVersion(root, plan.app));
  return { process: found, isAsPlanned: found.notes.digest === digest };
}

/** `ok`, or in one line what a health page says is missing. Never throws. */
export async function healthOf(healthUrl: string): Promise<string> {
  try {
    const answer = await fetch(healthUrl, { signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    return answer.ok ? 'ok' : failedChecks(text) || `status ${answer.status}`;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code === 'ECONNREFUSED' ? 'does not answer' : `does not answer: ${(error as Error).message}`;
  }
}

/** The checks that failed, as the page of `/health/ready` lists them. */
export function failedChecks(page: string): string {
  try {
    const { checks = {} } = JSON.parse(page) as { checks?: Record<string, { status: string; error?: string }> };
    return Object.entries(checks)
      .filter(([, { status }]) => status !== 'ok')
      .map(([name, { error }]) => `${name}: ${error ?? 'failing'}`)
      .join('; ');
  } catch {
    return '';
  }
}

/** Where a stack keeps its apps' logs and identities. */
export const appsDirectory = (stateDir: string): string => join(stateDir, 'apps');
