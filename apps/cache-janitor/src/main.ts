import './telemetry';
import 'reflect-metadata';
import { ServiceBeacon } from '@hearth/event-sourcing';
import { GlanceImageCatalogue, GlanceImageService, openKeystone } from '@hearth/openstack-clients';
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
import { type Config, configSchema, readConfig } from './config';
import { natsHostReconciler } from './hosts/nats.host-reconciler';
import { consumers, Janitor } from './janitor';
import { JanitorModule } from './janitor.module';
import { runOnDemand } from './run-on-demand';

async function main(): Promise<void> {
  const config = readConfig();
  const name = 'cache-janitor';
  const log = createLog({ name, level: config.logLevel, format: config.logFormat });
  const broker = await openBroker(config, { name, log, vouching: { by: 'api', onShortened: endOf(log) } });
  const keystone = openKeystone(config);
  const glance = imageService(config, keystone);
  const janitor = await Janitor.open({
    store: broker.store,
    nudges: broker.nudges,
    liveness: broker.liveness,
    snapshots: broker.snapshots,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    clock: Date,
    images: new GlanceImageCatalogue(glance),
    hosts: natsHostReconciler(broker.connection, { timeoutMs: config.reconcileTimeoutMs, log }),
    config,
    log,
  });
  janitor.passes.start();
  const demands = runOnDemand(broker.connection, janitor.passes);

  const health = new HealthChecks();
  health.register('passes', () => janitor.check());
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
    service: { binary: 'hearth-cache-janitor', host: hostname(), incarnation: randomUUID(), version },
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
    module: JanitorModule.of(janitor),
    transport: { connection: broker.connection, gate: broker.gate, consumers },
    onClose: async () => {
      await beacon.close();
      demands.unsubscribe();
      await janitor.close();
      await Promise.all([glance.close(), keystone?.close()]);
      await broker.close();
    },
  });
}

/** As the volume-managers have it: with the service's own rights, if there are any. */
function imageService(config: Config, keystone: ReturnType<typeof openKeystone>): GlanceImageService {
  return new GlanceImageService({
    endpoints: config.glanceUrl ?? (keystone ? () => keystone.endpoints('image') : ['http://127.0.0.1:9292']),
    ...(keystone && { token: (refused) => keystone.token(refused) }),
    retriesMax: config.glanceRetriesMax,
    stallTimeoutMs: config.glanceTimeoutMs,
  });
}

/** The next process starts from what the log holds. */
const endOf = (log: Log) => (reason: string) => {
  log.fatal(reason);
  process.exit(1);
};

void main();
