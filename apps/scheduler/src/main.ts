import './telemetry';
import 'reflect-metadata';
import { commitCodec, rememberingCodec, ServiceBeacon } from '@hearth/event-sourcing';
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
import { consumers } from './consumers';
import { Scheduler } from './scheduler';
import { SchedulerModule } from './scheduler.module';

/** Far more than come between the two ways in which a fact gets here, the shared consumer and the count of promises. */
const commitsRemembered = 256;

async function main(): Promise<void> {
  const config = readConfig();
  const name = 'scheduler';
  const log = createLog({ name, level: config.logLevel, format: config.logFormat });
  const codec = rememberingCodec(commitCodec(), commitsRemembered);
  const broker = await openBroker(config, { name, log, codec, vouching: { by: 'api', onShortened: endOf(log) } });
  const scheduler = new Scheduler({
    store: broker.store,
    nudges: broker.nudges,
    liveness: broker.liveness,
    snapshots: broker.snapshots,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    clock: Date,
    placementPatienceMs: config.placementPatienceMs,
    codec,
    log,
  });
  await scheduler.start();

  const health = new HealthChecks();
  health.register('pools', () => scheduler.check());
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
    service: { binary: 'cinder-scheduler', host: hostname(), incarnation: randomUUID(), version },
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
    module: SchedulerModule.of(scheduler),
    transport: { connection: broker.connection, gate: broker.gate, consumers: consumers(config) },
    onClose: async () => {
      await beacon.close();
      await scheduler.close();
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
