import './telemetry';
import 'reflect-metadata';
import { jetstream, nudgesOfHost, subjectToken } from '@hearth/contracts';
import { programRunner } from '@hearth/drivers';
import { openBroker } from '@hearth/event-store-nats';
import { GlanceImageService } from '@hearth/openstack-clients';
import { HealthChecks, createLog, effectiveConfig, metrics, runWorker } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { version } from '../../../package.json';
import { configSchema, readConfig } from './config';
import { Gate } from './host/gate';
import { OneAtATime } from './host/one-at-a-time';
import { VolumeManager } from './host/volume-manager';
import { VolumeManagerModule } from './volume-manager.module';

async function main(): Promise<void> {
  const config = readConfig();
  const name = 'volume-manager';
  const log = createLog({ name, level: config.logLevel, format: config.logFormat });
  const broker = await openBroker(config, { name: `${name}@${config.host}`, log });
  const manager = new VolumeManager({
    host: {
      name: config.host,
      incarnation: randomUUID(),
      store: broker.store,
      now: () => new Date().toISOString(),
      newId: randomUUID,
      images: new GlanceImageService({
        endpoints: config.glanceUrl,
        retriesMax: config.glanceRetriesMax,
        stallTimeoutMs: config.glanceStallTimeoutMs,
      }),
      scratchDirectory: config.scratchDirectory,
      fills: new Gate(config.fillsAtOnceMax),
      clones: new Gate(config.clonesAtOnceMax),
      turns: new OneAtATime(),
      log,
    },
    version,
    backends: config.backends,
    drivers: { run: programRunner(), log },
    snapshots: broker.snapshots,
    liveness: broker.liveness,
    reportIntervalMs: config.reportIntervalMs,
    choresIntervalMs: config.choresIntervalMs,
  });
  await manager.start();

  const health = new HealthChecks();
  health.register('backends', () => manager.check());
  health.register('log', () => broker.durability());
  metrics.observe(
    'hearth_log_durable',
    'Whether acknowledged commits survive a crash of the operating system',
    async (gauge) => {
      gauge.observe((await broker.durability()).durable === true ? 1 : 0);
    },
  );
  await runWorker({
    name,
    version,
    log,
    effectiveConfig: effectiveConfig(configSchema, config),
    health,
    healthHost: config.healthHost,
    healthPort: config.healthPort,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    module: VolumeManagerModule.of(manager),
    transport: {
      connection: broker.connection,
      consumers: [
        {
          pattern: 'nudges',
          stream: jetstream.nudges.stream,
          durable: `volume-manager-${subjectToken(config.host)}`,
          filterSubject: nudgesOfHost(config.host),
          concurrency: config.workersMax,
          unfinishedMax: 10 * config.workersMax,
          ackWaitMs: 15_000,
        },
      ],
    },
    onClose: async () => {
      await manager.close();
      await broker.close();
    },
  });
}

void main();
