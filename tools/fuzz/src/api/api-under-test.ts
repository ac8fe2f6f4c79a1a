import { manageableSubject } from '@hearth/contracts';
import { eventually, temporaryDirectory } from '@hearth/testing';
import { anyFreePort, runProgram, throwAwayNats, throwAwayPostgres } from '@hearth/testing/servers';
import { openBroker } from '@hearth/event-store-nats';
import { createLog } from '@hearth/platform';
import { serviceDecider } from '@hearth/domain';
import { examplePool } from '@hearth/domain/testing';
import { type EventStore, runCommand } from '@hearth/event-sourcing';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleCache, exampleReport } from '../../../../apps/api/src/testing/walk/example-report';
import { PlayedHost } from '../../../../apps/api/src/testing/walk/played-host';
import { nodeOptionsFor } from '../../../dev-stack/src/stack/app-process';
import { startImages } from './images.server';

/** The api as it is shipped, in a process of its own, with a real log, a real database, an image service and a host that does all. */
export interface ApiUnderTest {
  readonly url: string;
  /** Undefined while it runs. */
  readonly ended: () => string | undefined;
  /** The most memory that it ever held, MiB. */
  readonly peakMib: () => Promise<number>;
  /** The last lines that it wrote. */
  readonly output: () => string;
  stop(): Promise<void>;
}

const outputMax = 200_000;
const reportMs = 2_000;

/** `root`: the checkout. Where the api does not come up, nothing of it is left. */
export async function startApi(root: string): Promise<ApiUnderTest> {
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    return { ...(await bringUp(root, (end) => void ends.push(end))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(
  root: string,
  onStop: (end: () => Promise<unknown>) => void,
): Promise<Omit<ApiUnderTest, 'stop'>> {
  const directory = await temporaryDirectory('hearth-fuzz-');
  onStop(() => directory.remove());
  const app = join(directory.path, 'main.cjs');
  await bundle(root, app);
  const nats = await throwAwayNats();
  onStop(() => nats.stop());
  const postgres = await throwAwayPostgres();
  onStop(() => postgres.stop());
  const images = await startImages();
  onStop(() => images.stop());
  const port = await anyFreePort('127.0.0.1');
  const child = spawn(process.execPath, [...nodeOptionsFor('api'), app], {
    env: {
      NODE_PATH: join(root, 'node_modules'),
      HEARTH_AUTH_MODE: 'development',
      HEARTH_NATS_URL: nats.url,
      HEARTH_DATABASE_URL: postgres.url,
      HEARTH_GLANCE_URL: images.url,
      HEARTH_API_PORT: String(port),
      HEARTH_LOG_FORMAT: 'json',
      // A broker without processor time is slow, not away.
      HEARTH_LOG_TIMEOUT_MS: '15000',
    },
  });
  const exit = once(child, 'exit');
  onStop(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  let output = '';
  const hear = (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-outputMax));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await eventually(isReady, { timeoutMs: 60_000, what: 'an api that is ready' });
  const host = await playHost(nats.url);
  onStop(() => host.stop());
  return {
    url,
    ended: () => {
      if (child.exitCode === null && child.signalCode === null) return undefined;
      return `the api ended with ${child.exitCode ?? child.signalCode}`;
    },
    peakMib: async () => peakOf(await readFile(`/proc/${child.pid}/status`, 'utf8')),
    output: () => output,
  };
}

async function bundle(root: string, outfile: string): Promise<void> {
  const script = `
    import { build } from 'esbuild';
    import { bundleOptions } from './tools/build-options.mjs';
    await build(bundleOptions('apps/api/src/main.ts', ${JSON.stringify(outfile)}));`;
  await runProgram([process.execPath, '--input-type=module', '-e', script], { cwd: root });
}

async function playHost(natsUrl: string) {
  const log = createLog({ name: 'fuzz', level: 'error', format: 'json' });
  const broker = await openBroker({ natsUrl: [natsUrl] }, { name: 'fuzz', log });
  const host = new PlayedHost(broker.store);
  const report = () => broker.liveness.report({ ...exampleReport, reportedAt: new Date().toISOString() });
  await report();
  await noteService(broker.store);
  const asked = broker.connection.subscribe(manageableSubject(exampleReport.host), {
    callback: (_error, message) => void message.respond(JSON.stringify({ objects: [] })),
  });
  const timer = setInterval(() => void report().catch(() => undefined), reportMs);
  return {
    stop: async () => {
      clearInterval(timer);
      asked.unsubscribe();
      await host.stop();
      await broker.close();
    },
  };
}

/** The log knows the backend, as of a host that has opened it: it can be disabled and enabled. */
async function noteService(store: EventStore): Promise<void> {
  const service = examplePool.slice(0, examplePool.indexOf('#'));
  const environment = { store, now: () => new Date().toISOString(), newId: randomUUID };
  const command = { do: 'ReportCacheSettings', service, pools: [examplePool], cache: exampleCache } as const;
  await runCommand(environment, serviceDecider, { category: 'service', id: service }, command);
}

/** VmHWM of /proc: the most that was ever resident. */
function peakOf(status: string): number {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kib) / 1_024;
}
