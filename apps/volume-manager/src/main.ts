import './check-config';
import './telemetry';
import 'reflect-metadata';
import { durables, jetstream, manageableSubject, nudgesOfHost, reconcileSubject } from '@hearth/contracts';
import { openDriver, programRunner } from '@hearth/drivers';
import { openBroker } from '@hearth/event-store-nats';
import {
  BarbicanKeyManager,
  GlanceImageService,
  GlanceImageUpload,
  type ImageUpload,
  type KeyManager,
  type KeyStore,
  type KeystoneClient,
  openKeyStore,
  openKeystone,
  PemFolderKeyManager,
} from '@hearth/openstack-clients';
import {
  ConfigError,
  HealthChecks,
  type Log,
  createLog,
  effectiveConfig,
  exitCodeConfig,
  metrics,
  observeLogGate,
  runWorker,
} from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { version } from '../../../package.json';
import { answerRequests } from './answer-requests';
import { type Config, configSchema, readConfig } from './config';
import { LuksEncryption } from './encryption/luks-encryption';
import { openFillTools } from './fill/fill-tools';
import type { FillTools } from './fill/fill-work';
import { paceBesides } from './fill/source/minimum-pace';
import { writeImage } from './fill/write-image';
import { observeFills, observeScrub } from './host/metrics';
import { OneAtATime } from './host/one-at-a-time';
import { ProgressReporter } from './host/progress';
import { askInternalQuota } from './host/internal-quota';
import { placesOfImages } from './host/places-of-images';
import { VolumeManager } from './host/volume-manager';
import { CredentialsError } from './peers/peer-credentials';
import { peerSettings } from './peers/peer-settings';
import { Peers } from './peers/peers';
import { findImage, placeImage } from './upload/place-image';
import { uploadImage } from './upload/upload-image';
import { withdrawImage } from './upload/withdraw-image';
import { VolumeManagerModule } from './volume-manager.module';

const name = 'volume-manager';
/** An api answers in milliseconds; a create does not wait longer for one. */
const quotaTimeoutMs = 2_000;

type Broker = Awaited<ReturnType<typeof openBroker>>;

async function main(config: Config, log: Log): Promise<void> {
  const broker = await openBroker(config, {
    name: `${name}@${config.host}`,
    log,
    reads: 'leader',
    vouching: { by: 'api', onShortened: endOf(log) },
  });
  const keystone = openKeystone(config);
  const images = imageService(config, keystone);
  const keys = keyManager(config, keystone);
  const uploads = imageUpload(config, keystone);
  const keyStore = openKeyStore(config, keystone, log);
  const fills = await fillTools(config, { images, keys }, log);
  const peers = await openPeers(config, broker, fills, log);
  const manager = volumeManager(config, broker, { fills, peers, images, uploads, keyStore }, log);
  observeScrub(() => manager.unseen());
  await manager.start();
  const answers = [
    answerRequests(broker.connection, manageableSubject(config.host), (request) => manager.manageable(request), log),
    answerRequests(broker.connection, reconcileSubject(config.host), (request) => manager.reconcile(request), log),
  ];
  await runWorker({
    name,
    version,
    log,
    effectiveConfig: effectiveConfig(configSchema, config),
    health: healthOf(manager, broker),
    healthHost: config.healthHost,
    healthPort: config.healthPort,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    module: VolumeManagerModule.of(manager),
    transport: {
      connection: broker.connection,
      gate: broker.gate,
      consumers: [
        {
          pattern: 'nudges',
          stream: jetstream.nudges.stream,
          durable: durables.volumeManagerNudges(config.host),
          filterSubject: nudgesOfHost(config.host),
          concurrency: config.workersMax,
          // Nudges that wait for a backend which is down, or for a turn to fill, must not hold up those of other backends.
          unfinishedMax: Math.max(20_000, 10 * config.workersMax),
          ackWaitMs: 15_000,
        },
      ],
    },
    onClose: async () => {
      for (const subscription of answers) subscription.unsubscribe();
      await manager.close();
      await fills.close();
      await Promise.all([
        images.close(),
        uploads.close(),
        keys instanceof BarbicanKeyManager && keys.close(),
        keyStore?.close(),
        keystone?.close(),
      ]);
      await broker.close();
    },
  });
}

/** The next process starts from what the log holds. */
const endOf = (log: Log) => (reason: string) => {
  log.fatal(reason);
  process.exit(1);
};

/** As the service user, where there is one: a host has no tenant's token. */
function imageService(config: Config, keystone: KeystoneClient | undefined): GlanceImageService {
  return new GlanceImageService({
    endpoints: config.glanceUrl ?? (keystone ? () => keystone.endpoints('image') : ['http://127.0.0.1:9292']),
    ...(keystone && { token: (refused) => keystone.token(refused) }),
    retriesMax: config.glanceRetriesMax,
    stallTimeoutMs: config.glanceStallTimeoutMs,
  });
}

/** With the same credentials; what is sent is not asked for again, so it has a client of its own. */
function imageUpload(config: Config, keystone: KeystoneClient | undefined): GlanceImageUpload {
  return new GlanceImageUpload({
    endpoints: config.glanceUrl ?? (keystone ? () => keystone.endpoints('image') : ['http://127.0.0.1:9292']),
    ...(keystone && { token: (refused) => keystone.token(refused) }),
    retriesMax: config.glanceRetriesMax,
    stallTimeoutMs: config.glanceStallTimeoutMs,
  });
}

function fillTools(
  config: Config,
  { images, keys }: { readonly images: GlanceImageService; readonly keys: KeyManager | undefined },
  log: Log,
) {
  return openFillTools({
    source: images,
    minimumPace: paceBesides(config.glanceStallTimeoutMs),
    scratchDirectory: config.scratchDirectory,
    keyManager: config.verifyGlanceSignatures === 'enabled' && keys,
    ignoredChecks: config.imageChecksIgnored,
    conversionUser: config.imageConversionUser,
    conversionConfinement: config.imageConversionConfinement,
    conversionLimits: {
      cpuSeconds: config.imageConversionCpuLimit,
      cpuSecondsPerGib: config.imageConversionCpuLimit,
      addressSpaceBytes: config.imageConversionAddressSpaceLimit * 2 ** 30,
      stallMs: config.imageConversionStallTimeoutMs,
    },
    log,
  });
}

function keyManager(
  { signatureCertificatesDirectory: folder, barbicanUrl }: Config,
  keystone: KeystoneClient | undefined,
): KeyManager | undefined {
  if (folder !== undefined) return new PemFolderKeyManager(folder);
  const endpoint = barbicanUrl ?? (keystone && (async () => (await keystone.endpoints('key-manager'))[0] ?? ''));
  if (endpoint === undefined) return undefined;
  return new BarbicanKeyManager({
    endpoint,
    ...(keystone && { token: (refused) => keystone.token(refused) }),
  });
}

async function openPeers(config: Config, broker: Broker, fills: FillTools, log: Log): Promise<Peers | undefined> {
  const settings = peerSettings(config);
  if (!settings) return undefined;
  const rules = {
    signaturesVerified: config.verifyGlanceSignatures === 'enabled',
    ignoredChecks: config.imageChecksIgnored,
  };
  try {
    return await Peers.open({
      ...{ settings, rules, log },
      ...{ store: broker.store, snapshots: broker.snapshots, liveness: broker.liveness, threads: fills.threads },
    });
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new ConfigError([{ variable: 'HEARTH_PEER_*', problem: error.message, expected: undefined }]);
  }
}

function volumeManager(
  config: Config,
  broker: Broker,
  {
    fills,
    peers,
    images,
    uploads,
    keyStore,
  }: {
    readonly fills: FillTools;
    readonly peers: Peers | undefined;
    readonly images: GlanceImageService;
    readonly uploads: ImageUpload;
    readonly keyStore: KeyStore | undefined;
  },
  log: Log,
): VolumeManager {
  const drivers = { run: programRunner(), log };
  const now = () => new Date().toISOString();
  const progress = new ProgressReporter({ board: broker.progress, now, log });
  observeFills(() => progress.running);
  return new VolumeManager({
    host: {
      name: config.host,
      incarnation: randomUUID(),
      store: broker.store,
      now,
      newId: randomUUID,
      writeImage: (order) => writeImage(order, fills),
      uploadImage: (order) => uploadImage(order, { ...fills, images: uploads }),
      findImage: (imageId, url, signal) => findImage(imageId, url, { images: uploads, signal }),
      placeImage: (imageId, url, signal) => placeImage(imageId, url, { images: uploads, signal }),
      withdrawImage: (imageId, signal) => withdrawImage(imageId, { images: uploads, signal }),
      ...placesOfImages(config.allowedDirectUrlSchemes, { fills, images, uploads }),
      internalQuota: askInternalQuota({ connection: broker.connection, timeoutMs: quotaTimeoutMs, log, clock: Date }),
      encryption: keyStore && new LuksEncryption(keyStore, fills),
      retryWaitsMs: [200, 1_000, 5_000],
      peers,
      signaturesVerified: config.verifyGlanceSignatures === 'enabled',
      turns: new OneAtATime(),
      progress,
      log,
    },
    version,
    backends: config.backends,
    openDriver: (driver, options) => openDriver(driver, options, drivers),
    lanes: {
      fillsAtOnceMax: config.fillsAtOnceMax,
      // Creates that wait for a lane hold a worker each; half of the workers are kept for clones, whatever is filled.
      fillsWaitingMax: Math.floor(config.workersMax / (2 * config.backends.length)),
      clonesAtOnceMax: config.clonesAtOnceMax,
    },
    snapshots: broker.snapshots,
    liveness: broker.liveness,
    gate: broker.gate,
    reportIntervalMs: config.reportIntervalMs,
    choresIntervalMs: config.choresIntervalMs,
    scrub: {
      bytesPerSecond: config.scrubBytesPerSecond,
      intervalMs: config.scrubIntervalHours * 3_600_000,
      threads: fills.threads,
    },
    answerTimeoutMs: config.backendTimeoutMs,
  });
}

function healthOf(manager: VolumeManager, broker: Broker): HealthChecks {
  const health = new HealthChecks();
  health.register('backends', () => manager.check());
  health.register('log', () => broker.durability());
  observeLogGate(health, broker.gate);
  const help = 'Whether acknowledged commits survive a crash of the operating system';
  metrics.observe('hearth_log_durable', help, async (gauge) => {
    gauge.observe((await broker.durability()).durable === true ? 1 : 0);
  });
  return health;
}

const settings = readConfig();
const ownLog = createLog({ name, level: settings.logLevel, format: settings.logFormat });
main(settings, ownLog).catch((error: unknown) => {
  ownLog.fatal('the start failed', { error });
  process.exit(error instanceof ConfigError ? exitCodeConfig : 1);
});
