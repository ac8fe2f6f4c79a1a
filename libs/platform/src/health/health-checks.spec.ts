import { createLog } from '../logging/create-log';
import { metrics, metricsText } from '../telemetry/metrics';
import { HealthChecks } from './health-checks';
import { serveHealth } from './health-server';

const log = createLog({ name: 'test', write: () => undefined });

describe('health', () => {
  test('an app is ready when every check is, and says why when it is not', async () => {
    const health = new HealthChecks();
    let connected = true;
    health.register('log', () => ({ durable: false }));
    health.register('nats', () => {
      if (!connected) throw new Error('no connection');
    });
    expect(await health.readiness()).toEqual({
      status: 'ok',
      checks: { log: { status: 'ok', detail: { durable: false } }, nats: { status: 'ok' } },
    });
    connected = false;
    expect(await health.readiness()).toMatchObject({
      status: 'failing',
      checks: { log: { status: 'ok' }, nats: { status: 'failing', error: 'no connection' } },
    });
  });

  test('however many ask at once, it is looked once; whoever asks later sees what is so then', async () => {
    const health = new HealthChecks();
    let looks = 0;
    health.register('nats', () => ({ looks: (looks += 1) }));
    const ask = async () => (await health.readiness()).checks['nats']?.detail;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([{ looks: 1 }, { looks: 1 }, { looks: 1 }]);
    expect(await ask()).toEqual({ looks: 2 });
  });

  test('an app that ends is not ready', async () => {
    const health = new HealthChecks();
    health.shutDown();
    expect((await health.readiness()).status).toBe('failing');
  });

  test('a name is registered once', () => {
    const health = new HealthChecks();
    health.register('nats', () => undefined);
    expect(() => health.register('nats', () => undefined)).toThrow("named 'nats' is registered already");
  });

  test('the pages answer over HTTP', async () => {
    const checks = new HealthChecks();
    metrics.counter('pages_test_total', 'For this test.').add(2, { pool: 'p' });
    const server = await serveHealth({ host: '127.0.0.1', port: 0, checks, log });
    try {
      const get = async (path: string, method = 'GET') => {
        const response = await fetch(server.url + path, { method });
        return { status: response.status, body: await response.text() };
      };
      expect(await get('/health/live')).toMatchObject({ status: 200 });
      expect(await get('/health/ready?verbose')).toEqual({ status: 200, body: '{"status":"ok","checks":{}}' });
      checks.register('nats', () => Promise.reject(new Error('gone')));
      expect(await get('/health/ready')).toMatchObject({ status: 503, body: expect.stringContaining('gone') });
      expect((await get('/metrics')).body).toContain('pages_test_total{pool="p"} 2');
      expect(await get('/elsewhere')).toMatchObject({ status: 404 });
      expect(await get('/health/live', 'POST')).toMatchObject({ status: 405 });
    } finally {
      await server.close();
    }
  });

  test('metrics come in Prometheus’ text format under the names they were given', async () => {
    metrics.histogram('fill_duration_seconds', 'How long.', [1, 10]).record(3, { strategy: 'cache' });
    metrics.observe('capacity_free_gib', 'Free.', (result) => result.observe(7, { pool: 'p' }));
    const text = await metricsText();
    expect(text).toContain('# TYPE fill_duration_seconds histogram');
    expect(text).toContain('fill_duration_seconds_bucket{strategy="cache",le="10"} 1');
    expect(text).toContain('capacity_free_gib{pool="p"} 7');
  });
});
