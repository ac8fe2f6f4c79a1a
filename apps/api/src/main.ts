import './telemetry';
import 'reflect-metadata';
import type { EventStore } from '@hearth/event-sourcing';
import { type Broker, JetStreamEventStore, JetStreamLogTail, Link, openBroker } from '@hearth/event-store-nats';
import { openKeyStore, openKeystone } from '@hearth/openstack-clients';
import {
  createLog,
  effectiveConfig,
  HealthChecks,
  type Log,
  metrics,
  observeLogGate,
  runHttpApp,
} from '@hearth/platform';
import { Database } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { version } from '../../../package.json';
import { ApiModule } from './api.module';
import { HostAnswers } from './attachments/host-answers';
import { openAuthenticator } from './auth/open-authenticator';
import { ThreadCacheAdvisor } from './cache/advice/thread.cache-advisor';
import { natsJanitorPasses } from './cache/nats.janitor-passes';
import { type Config, configSchema, readConfig } from './config';
import { ApiAdapter } from './http/api.adapter';
import { observeConnections } from './http/http-metrics';
import { installHttp } from './http/install-http';
import { parseProxies } from './http/trusted-proxies';
import { openImageService } from './images/open-image-service';
import { answerLogQuestions, tellSuspicion } from './log-watch/answer-questions';
import { logAccountIn } from './log-watch/log-account';
import { LogWatch } from './log-watch/log-watch';
import { SeenFills } from './progress/seen-fills';
import { prepareTables } from './projection/prepare-tables';
import { Projection } from './projection/projection';
import { sweepReservationsRegularly } from './projection/reservation-sweep';
import { answerInternalQuota } from './quotas/internal-quota';
import { postgresQuota, postgresReadSide } from './reads/postgres.read-side';
import { volumeKeysIn } from './volumes/key-store.volume-keys';
import { natsManageableObjects } from './volumes/manage/nats.manageable-objects';
import { SeenZones } from './zones/seen-zones';

/** How long a pass of the janitor may take while an administrator waits for it; it goes on afterwards. */
const passTimeoutMs = 10_000;

/** How long a host may look into a pool of its while an administrator waits. */
const manageableTimeoutMs = 10_000;

async function main(): Promise<void> {
  const config = readConfig();
  const name = 'api';
  const log = createLog({ name, level: config.logLevel, format: config.logFormat });
  const keystone = openKeystone(config);
  const authentication = openAuthenticator(config, keystone, log);
  const broker = await openBroker(config, { name, log, vouching: { by: 'own' } });
  const options = databaseOptions(config);
  await prepareTables(options, log);
  const database = new Database(options);
  const store = await openStore(broker, config.logTimeoutMs);
  const watch = await watchLog(broker, database, log);
  const projection = new Projection({ store: broker.store, database: options, log });
  projection.start();
  const imageService = openImageService(config, keystone);
  const keyStore = openKeyStore(config, keystone, log);
  const zones = new SeenZones(broker.liveness, log);
  await zones.start();
  const fills = new SeenFills(broker.progress, log);
  fills.start();
  answerInternalQuota(broker.connection, database, projection.position, log);
  const endSweeps = sweepReservationsRegularly(database, { store: broker.store, position: projection.position }, log);

  const health = healthOf({ broker, store, database, projection });
  const adapter = openAdapter(config);
  await runHttpApp({
    name,
    version,
    log,
    effectiveConfig: effectiveConfig(configSchema, config),
    health,
    healthHost: config.healthHost,
    healthPort: config.healthPort,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    listen: { host: config.apiHost, port: config.apiPort },
    adapter,
    module: ApiModule.of({
      health,
      version,
      services: {
        store,
        ...ofCaches(broker, log),
        database,
        ...{ hosts: broker.liveness, processes: broker.services },
        reads: postgresReadSide(database),
        quota: postgresQuota(database),
        images: imageService.images,
        imageRecords: imageService.imageRecords,
        keys: keyStore && volumeKeysIn(keyStore, log),
        hostAnswers: new HostAnswers({ store, timeoutMs: config.hostTimeoutMs }),
        attachmentDeletesNeedService: config.attachmentDeletesNeedService,
        manageable: natsManageableObjects(broker.connection, { timeoutMs: manageableTimeoutMs, log }),
        fills,
        isKnownZone: zones.isKnown,
        projected: (sequence) => projection.position.waitFor(sequence, config.projectionWaitMs),
        clock: Date,
        newId: randomUUID,
        defaults: { availabilityZone: config.defaultAvailabilityZone, volumeType: config.defaultVolumeType },
      },
    }),
    configure: (app) =>
      installHttp(app, adapter, {
        log,
        authenticator: authentication.authenticator,
        publicEndpoint: config.publicEndpoint,
        gate: broker.gate,
        trusts: parseProxies(config.trustedProxies) ?? (() => false),
      }),
    onClose: async () => {
      authentication.close();
      endSweeps();
      zones.stop();
      await fills.stop();
      await projection.stop();
      await watch.stop();
      await Promise.all([imageService.close(), keyStore?.close(), keystone?.close()]);
      await database.close();
      await broker.close();
    },
  });
}

function openAdapter(config: Config): ApiAdapter {
  const adapter = new ApiAdapter(config);
  observeConnections(adapter.connections);
  return adapter;
}

/** What only the API of the caches needs. */
const ofCaches = ({ connection, snapshots }: Broker, log: Log) => ({
  snapshots,
  passes: natsJanitorPasses(connection, { timeoutMs: passTimeoutMs, log }),
  advisor: new ThreadCacheAdvisor(),
});

/** Clients wait for this one: it gives up sooner than the projector's. */
const openStore = ({ connection, gate }: Broker, timeoutMs: number): Promise<EventStore> =>
  JetStreamEventStore.open(connection, { timeoutMs, gate });

/** From here on this process knows whether the log is whole, and tells whoever asks. */
async function watchLog(broker: Broker, database: Database, log: Log): Promise<LogWatch> {
  const { connection, gate } = broker;
  const watch = new LogWatch({
    tail: await JetStreamLogTail.open(connection),
    account: logAccountIn(database),
    ...{ gate, log, who: `api@${hostname()}` },
    tell: tellSuspicion(connection),
    onShortened: (reason) => {
      log.fatal(reason);
      process.exit(1);
    },
  });
  Link.of(connection).listen((change) => {
    if (change === 'lost') watch.lost();
    if (change === 'restored') void watch.look();
  });
  answerLogQuestions(connection, watch, log);
  watch.start();
  return watch;
}

const databaseOptions = ({ databaseUrl: url, databaseConnectionsMax: connectionsMax }: Config) => ({
  url,
  applicationName: 'hearth-api',
  connectionsMax,
});

interface Watched {
  readonly broker: Broker;
  readonly store: EventStore;
  readonly database: Database;
  readonly projection: Projection;
}

function healthOf({ broker, store, database, projection }: Watched): HealthChecks {
  const health = new HealthChecks();
  health.register('nats', async () => ({ lastSequence: await store.lastSequence() }));
  health.register('postgres', () => database.ping());
  health.register('projection', () => projection.check());
  health.register('log', () => broker.durability());
  observeLogGate(health, broker.gate);
  const help = 'Whether acknowledged commits survive a crash of the operating system';
  metrics.observe('hearth_log_durable', help, async (gauge) => {
    gauge.observe((await broker.durability()).durable === true ? 1 : 0);
  });
  return health;
}

void main();
