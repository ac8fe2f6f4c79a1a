import { eventually, temporaryDirectory } from '@hearth/testing';
import { anyFreePort, throwAwayNats, type ThrowAwayNats, throwAwayPostgres } from '@hearth/testing/servers';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { connect, headers, type NatsConnection } from 'nats';

const root = resolve(__dirname, '../../../..');

/** Bundles the fixture as an app is bundled; packages stay outside and are found in the workspace. */
function bundle(outfile: string): void {
  const entry = join(__dirname, '../testing/sample-worker/main.ts');
  const script = `
    import { build } from 'esbuild';
    import { bundleOptions } from './tools/build-options.mjs';
    await build(bundleOptions(${JSON.stringify(entry)}, ${JSON.stringify(outfile)}));`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: 'pipe' });
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
}

/** Takes OTLP over HTTP as JSON, and counts as a peer that is asked. */
async function collector() {
  const spans: Span[] = [];
  const peers: (string | undefined)[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') {
        const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
        for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
      } else {
        peers.push(request.headers['traceparent'] as string | undefined);
      }
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { spans, peers, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a bundled worker', () => {
  let nats: ThrowAwayNats;
  let nc: NatsConnection;
  let app = '';
  let removeDirectory: () => Promise<void>;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    const directory = await temporaryDirectory('hearth-worker-');
    removeDirectory = () => directory.remove();
    app = join(directory.path, 'main.cjs');
    bundle(app);
    nats = await throwAwayNats();
    nc = await connect({ servers: nats.url });
    await (await nc.jetstreamManager()).streams.add({ name: 'THINGS', subjects: ['things.>'] });
  });

  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  afterAll(async () => {
    await nc.close();
    await nats.stop();
    await removeDirectory();
  });

  function start(env: Record<string, string>) {
    const own = { NODE_PATH: join(root, 'node_modules'), HEARTH_LOG_FORMAT: 'json' };
    const child = spawn(process.execPath, [app], { env: { ...own, HEARTH_NATS_URL: nats.url, ...env } });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    const exit = once(child, 'exit').then(([code]) => code as number);
    const says = (part: string) =>
      eventually(() => text.includes(part), { timeoutMs: 20_000, what: `'${part}' in ${text}` });
    return { child, exit, says, output: () => text };
  }

  test('says what it is, serves its health, handles messages and ends in order when told', async () => {
    const port = String(await anyFreePort('127.0.0.1'));
    const worker = start({ HEARTH_STREAM: 'THINGS', HEARTH_HEALTH_PORT: port, HEARTH_NATS_PASSWORD: 'unseen' });
    await worker.says('"message":"ready"');
    expect(worker.output()).toContain(`"HEARTH_HEALTH_PORT":${port}`);
    expect(worker.output()).not.toContain('unseen');
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { checks: { consumers: { status: 'ok' } } }]);
    await nc.jetstream().publish('things.one');
    await worker.says('things.one');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('hearth_messages_handled_total{consumer="things",outcome="done"} 1');
    expect(metrics).toMatch(/process_resident_memory_bytes \d+/);
    worker.child.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
    expect(worker.output()).toContain('"message":"ended"');
  }, 30_000);

  test('does not start with a configuration that cannot be used, and exits with 78', async () => {
    const worker = start({ HEARTH_LOG_LEVEL: 'loud' });
    expect(await worker.exit).toBe(78);
    expect(worker.output()).toMatch(/HEARTH_LOG_LEVEL: .*\n.*HEARTH_STREAM: is not set/);
  }, 30_000);

  test('does not start on a stream that is missing', async () => {
    const worker = start({ HEARTH_STREAM: 'NONE' });
    expect(await worker.exit).toBe(1);
    expect(worker.output()).toContain("'NONE': there is no such stream");
  }, 30_000);

  test('dies of a rejection that nobody waits for, after it has said so', async () => {
    const worker = start({ HEARTH_STREAM: 'THINGS' });
    await worker.says('"message":"ready"');
    await nc.jetstream().publish('things.reject');
    expect(await worker.exit).toBe(1);
    expect(worker.output()).toMatch(/"level":"fatal".*nobody waits for me/);
  }, 30_000);

  test('puts its work, its SQL and its HTTP under the trace of the message', async () => {
    const postgres = await throwAwayPostgres();
    const otlp = await collector();
    try {
      const worker = start({
        HEARTH_STREAM: 'THINGS',
        HEARTH_DATABASE_URL: postgres.url.replace(/^postgresql:/, 'postgres:'),
        HEARTH_PEER_URL: `${otlp.url}/peer`,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      });
      const message = headers();
      message.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
      await worker.says('"message":"ready"');
      await nc.jetstream().publish('things.traced', '', { headers: message });
      await worker.says('things.traced');
      worker.child.kill('SIGTERM');
      await worker.exit;
      const traced = otlp.spans.filter(({ traceId }) => traceId === '4bf92f3577b34da6a3ce929d0e0e4736');
      const work = traced.find(({ name }) => name === 'things process');
      expect(work).toMatchObject({ parentSpanId: '00f067aa0ba902b7', kind: 5 });
      const sql = traced.find(({ name }) => name.startsWith('pg.query'));
      const http = traced.find(({ name }) => name === 'GET');
      expect([sql?.parentSpanId, http?.parentSpanId]).toEqual([work?.spanId, work?.spanId]);
      expect(otlp.peers).toEqual([`00-4bf92f3577b34da6a3ce929d0e0e4736-${http?.spanId}-01`]);
      expect(worker.output()).toContain('"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"');
    } finally {
      otlp.server.close();
      await postgres.stop();
    }
  }, 60_000);
});
