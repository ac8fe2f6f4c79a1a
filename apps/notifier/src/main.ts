import './telemetry';
import 'reflect-metadata';
import { ServiceBeacon } from '@hearth/event-sourcing';
import { openBroker } from '@hearth/event-store-nats';
import {
  createLog,
  effectiveConfig,
  HealthChecks,
  type Log,
  metrics,
  observeLogGate,
  runWorker,
} from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { version } from '../../../package.json';
import { configSchema, readConfig } from './config';
import { Notifier } from './notifier';
import { NotifierModule } from './notifier.module';
import { EventStream } from './publish/event-stream';
import { LiveEvents } from './publish/live-events';

async function main(): Promise<void> {
  const config = readConfig();
  const name = 'notifier';
  const log = createLog({ name, level: config.logLevel, format: config.logFormat });
  const broker = await openBroker(config, { name, log, vouching: { by: 'api', onShortened: endOf(log) } });
  const notifier = new Notifier({
    store: broker.store,
    events: await EventStream.open(broker.connection),
    snapshots: broker.snapshots,
    progress: broker.progress,
    liveEvents: new LiveEvents(broker.connection),
    source: config.eventSource,
    volumesKnownMax: config.volumesKnownMax,
    standbyIntervalMs: config.standbyIntervalMs,
    log,
  });
  notifier.start();

  const health = new HealthChecks();
  health.register('events', () => notifier.check());
  health.register('log', () => broker.durability());
  observeLogGate(health, broker.gate);
  metrics.observe(
    'hearth_log_durable',
    'Whether acknowledged commits survive a crash of the operating system',
    async (gauge) => {
      gauge.observe((await broker.durability()).durable === true ? 1 : 0);
    },
  );
  const beacon = new ServiceBeacon({
    board: broker.services,
    service: { binary: 'hearth-notifier', host: hostname(), incarnation: randomUUID(), version },
    now: () => new Date().toISOString(),
    onError: (error) => log.warn('that this process lives could not be told', { error }),
  });
  await runWorker({
    name,
    version,
    log,
    effectiveConfig: effectiveConfig(configSchema, config),
    health,
    healthHost: config.healthHost,
    healthPort: config.healthPort,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    module: NotifierModule.of(notifier),
    transport: { connection: broker.connection, gate: broker.gate, consumers: [] },
    onClose: async () => {
      await beacon.close();
      await notifier.close();
      await broker.close();
    },
  });
}

/** The next process starts from what the log holds. */
const endOf = (log: Log) => (reason: string) => {
  log.fatal(reason);
  process.exit(1);
};

void main();
