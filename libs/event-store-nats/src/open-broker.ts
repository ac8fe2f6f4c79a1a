import {
  type EventStore,
  type LivenessBoard,
  LogGate,
  type NudgeQueue,
  type ProgressBoard,
  type ServiceBoard,
  type SnapshotStore,
  StoreUnavailableError,
} from '@hearth/event-sourcing';
import type { NatsConnection } from 'nats';
import { connectNats } from './connection';
import { type Durability, inspectDurability } from './durability';
import { ensureStreams, StreamMissingError } from './ensure-streams';
import { JetStreamEventStore, type JetStreamEventStoreOptions } from './jetstream.event-store';
import { JetStreamNudgeQueue } from './jetstream.nudge-queue';
import { JetStreamSnapshotStore } from './jetstream.snapshot-store';
import { KeyValueLivenessBoard } from './key-value.liveness-board';
import { KeyValueProgressBoard } from './key-value.progress-board';
import { KeyValueServiceBoard } from './key-value.service-board';
import { VerdictKeeper } from './verdict-keeper';

/** How an app is told to reach the broker; an app's configuration has these fields under these names. */
export interface BrokerConfig {
  readonly natsUrl: readonly string[];
  readonly natsUser?: string;
  readonly natsPassword?: string;
  readonly natsToken?: string;
  /** Seed of the user's nkey. */
  readonly natsNkeySeed?: string;
  /** Content of a credentials file (JWT and seed). */
  readonly natsCreds?: string;
  readonly natsInboxPrefix?: string;
  readonly natsReplicas?: number;
  /** Base URL of the server's monitoring port: tells for sure whether acknowledged commits are on disk. */
  readonly natsMonitoringUrl?: string;
  /** The operator's word that `sync_interval: always` is set. */
  readonly natsSyncAlways?: boolean;
}

export interface BrokerLog {
  info(message: string): void;
  warn(message: string): void;
}

/** The log and all that lies beside it on one connection. */
export interface Broker {
  readonly connection: NatsConnection;
  readonly store: EventStore;
  /** What stands before the store; open for good where nobody was told to look after it. */
  readonly gate: LogGate;
  readonly snapshots: SnapshotStore;
  readonly nudges: NudgeQueue;
  readonly liveness: LivenessBoard;
  readonly services: ServiceBoard;
  readonly progress: ProgressBoard;
  /** A fresh look each time: the server may have been restarted with another configuration. */
  durability(): Promise<Durability>;
  /** Sends what is under way and closes the connection. */
  close(): Promise<void>;
}

/** Milliseconds between attempts to reach a broker that is away at the start. */
const patienceMs = 1_000;
/** Complaints about it are logged for the first attempt and then for every so many. */
const complaintEvery = 10;

/** Apps and broker may be started in any order: waits for ever, and says so. */
async function connectPatiently(config: BrokerConfig, name: string, log: BrokerLog): Promise<NatsConnection> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connectNats({
        servers: config.natsUrl,
        name,
        user: config.natsUser,
        password: config.natsPassword,
        token: config.natsToken,
        creds: config.natsCreds,
        nkeySeed: config.natsNkeySeed,
        inboxPrefix: config.natsInboxPrefix,
        log: (level, line) => log[level](line),
      });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (attempt % complaintEvery === 0) log.warn(`${error.message}; trying again until it answers`);
      await new Promise((resolve) => setTimeout(resolve, patienceMs));
    }
  }
}

/** A user who may not make the streams waits for whoever may. */
async function ensureStreamsPatiently(connection: NatsConnection, config: BrokerConfig, log: BrokerLog): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ensureStreams(connection, { replicas: config.natsReplicas });
    } catch (error) {
      if (!(error instanceof StreamMissingError)) throw error;
      if (attempt % complaintEvery === 0) log.warn(`${error.message}; waiting until somebody has made it`);
      await new Promise((resolve) => setTimeout(resolve, patienceMs));
    }
  }
}

export interface BrokerOptions extends Pick<JetStreamEventStoreOptions, 'reads' | 'codec'> {
  /** Of the app, and of its host where there are several: shown in the server's lists and logs. */
  readonly name: string;
  readonly log: BrokerLog;
  /**
   * Who says whether the log has lost its end. `api`: the api is asked, and nothing is returned until it has vouched for the log once;
   * `onShortened` is called when this process has to start anew. `own`: the caller opens and shuts the gate. Left out: nobody is asked,
   * for who only looks.
   */
  readonly vouching?: { readonly by: 'api'; readonly onShortened: (reason: string) => void } | { readonly by: 'own' };
}

/**
 * Connects (a broker that is away is waited for), makes what is missing on it if the user may, else waits for that too, and says aloud
 * whether acknowledged commits survive a crash of the operating system. Throws `NatsAccessError` where the user is not accepted.
 */
export async function openBroker(config: BrokerConfig, options: BrokerOptions): Promise<Broker> {
  const { name, log, reads, codec, vouching } = options;
  const connection = await connectPatiently(config, name, log);
  await ensureStreamsPatiently(connection, config, log);
  const durability = () =>
    inspectDurability(connection, { monitoringUrl: config.natsMonitoringUrl, syncAlways: config.natsSyncAlways });
  const { durable, reason } = await durability();
  log[durable === true ? 'info' : 'warn'](`log durability: ${String(durable)}: ${reason}`);
  const gate = new LogGate();
  const keeper =
    vouching?.by === 'api' ? new VerdictKeeper({ ...vouching, connection, gate, who: name, log }) : undefined;
  if (!vouching) gate.open();
  if (keeper) await gate.whenOpen(new AbortController().signal);
  const boards = { log: (line: string) => log.warn(line) };
  return {
    connection,
    store: await JetStreamEventStore.open(connection, { ...boards, reads, codec, gate }),
    gate,
    snapshots: new JetStreamSnapshotStore(connection, (line) => log.warn(line)),
    nudges: new JetStreamNudgeQueue(connection),
    liveness: await KeyValueLivenessBoard.open(connection, boards),
    services: await KeyValueServiceBoard.open(connection, boards),
    progress: await KeyValueProgressBoard.open(connection, boards),
    durability,
    close: () => {
      keeper?.close();
      return connection.drain().catch(() => connection.close());
    },
  };
}
