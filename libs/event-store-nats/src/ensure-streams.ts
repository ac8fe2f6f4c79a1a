import { commitBytesMax, jetstream, keySubject, objectSubjects, streamOfBucket } from '@hearth/contracts';
import {
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type NatsConnection,
  type StreamConfig,
} from 'nats';
import { apiCodeOf, apiCodes, isDenied, unavailable } from './broker-errors';

export interface StreamOptions {
  /** Copies in a cluster: 1, 3 or 5. Default 1. */
  readonly replicas?: number;
  /** Outward events older than this go; 0 keeps them for ever. Default 7 days. */
  readonly eventsMaxAgeMs?: number;
  /** A host that has said nothing for so long counts as gone. Default 30 s. */
  readonly livenessTtlMs?: number;
  /** A fill that has said nothing for so long counts as not running. Default 60 s. */
  readonly progressTtlMs?: number;
}

const dayMs = 24 * 60 * 60 * 1_000;
/** Room for a subject and headers beside the largest commit. */
const messageBytesMax = commitBytesMax + 64 * 1024;

type Wanted = Partial<StreamConfig> & { readonly name: string };

/**
 * Makes the JetStream streams and buckets that are missing and brings changeable settings of the others up to date. Safe to run
 * again and by several processes at once. A user whose permissions let it only look changes nothing, and gets a `StreamMissingError`
 * where one is missing. Throws a `StreamMismatchError` when one differs in what cannot or must not be changed.
 */
export async function ensureStreams(connection: NatsConnection, options: StreamOptions = {}): Promise<void> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  for (const wanted of wantedStreams(options)) {
    try {
      await ensureStream(manager, wanted);
    } catch (error) {
      if (error instanceof StreamMismatchError || error instanceof StreamMissingError) throw error;
      throw unavailable(`cannot set up the JetStream stream ${wanted.name}`, error);
    }
  }
}

function wantedStreams(options: StreamOptions): Wanted[] {
  const { replicas = 1, eventsMaxAgeMs = 7 * dayMs, livenessTtlMs = 30_000, progressTtlMs = 60_000 } = options;
  const common = {
    num_replicas: replicas,
    storage: StorageType.File,
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
  };
  const log = { ...common, retention: RetentionPolicy.Limits, allow_direct: true, max_msg_size: messageBytesMax };
  const bucket = { ...log, max_msg_size: -1, discard: DiscardPolicy.New, deny_delete: true };
  const expiring = (name: string, ttlMs: number) => ({
    ...bucket,
    name: streamOfBucket.keyValue(name),
    subjects: [keySubject(name, '>')],
    // A message that rolls up could take the entries of all others along.
    allow_rollup_hdrs: false,
    max_msgs_per_subject: 1,
    max_age: nanos(ttlMs),
    duplicate_window: nanos(durationWithin(2 * 60_000, ttlMs)),
  });
  const { facts, nudges, events, livenessBucket, progressBucket, snapshotsBucket } = jetstream;
  return [
    // The system of record: nothing expires, single messages cannot be deleted, a retry is known for as long as one may last.
    {
      ...log,
      name: facts.stream,
      subjects: [facts.subjects],
      max_age: 0,
      deny_delete: true,
      duplicate_window: nanos(20 * 60_000),
    },
    // Nudges are derived and the janitor's full pass is their second net: what nobody fetched for a week wakes nobody.
    {
      ...common,
      name: nudges.stream,
      subjects: [nudges.subjects],
      retention: RetentionPolicy.Workqueue,
      max_age: nanos(7 * dayMs),
      duplicate_window: nanos(2 * 60_000),
    },
    {
      ...log,
      name: events.stream,
      subjects: [events.subjects],
      max_age: nanos(eventsMaxAgeMs),
      duplicate_window: nanos(durationWithin(2 * 60_000, eventsMaxAgeMs)),
    },
    // The client finds the buckets by these names, and expects these settings.
    expiring(livenessBucket, livenessTtlMs),
    expiring(progressBucket, progressTtlMs),
    {
      ...bucket,
      name: streamOfBucket.objects(snapshotsBucket),
      subjects: objectSubjects.all(snapshotsBucket),
      allow_rollup_hdrs: true,
      max_age: 0,
      deny_delete: false,
    },
  ];
}

/** The broker refuses a duplicate window that is longer than messages live. */
function durationWithin(durationMs: number, maxAgeMs: number): number {
  return maxAgeMs === 0 ? durationMs : Math.min(durationMs, maxAgeMs);
}

async function ensureStream(manager: JetStreamManager, wanted: Wanted): Promise<void> {
  const existing = await configOf(manager, wanted.name);
  if (existing) refuseMismatch(wanted, existing);
  if (existing && changed(wanted, existing).length === 0) return;
  try {
    await (existing ? manager.streams.update(wanted.name, wanted) : manager.streams.add(wanted));
  } catch (error) {
    if (!isDenied(error)) throw error;
    if (!existing) throw new StreamMissingError(wanted.name);
  }
}

async function configOf(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (apiCodeOf(error) === apiCodes.streamNotFound) return undefined;
    throw error;
  }
}

function changed(wanted: Wanted, existing: StreamConfig): (keyof StreamConfig)[] {
  const keys = Object.keys(wanted) as (keyof StreamConfig)[];
  return keys.filter((key) => JSON.stringify(wanted[key]) !== JSON.stringify(existing[key] ?? missing(wanted[key])));
}

/** The broker leaves settings out that are off or zero. */
function missing(value: unknown): unknown {
  if (typeof value === 'boolean') return false;
  return typeof value === 'number' ? 0 : undefined;
}

/** Settings that the broker never changes, or whose change would lose what is stored or pull in what is not ours. */
const fixed = ['retention', 'storage', 'subjects', 'deny_delete', 'discard'] as const;

function refuseMismatch(wanted: Wanted, existing: StreamConfig): void {
  const differences = changed(wanted, existing).filter((key) => (fixed as readonly string[]).includes(key));
  if (existing.mirror || existing.sources?.length)
    throw new StreamMismatchError(wanted.name, 'it is a mirror or has sources');
  if (existing.sealed) throw new StreamMismatchError(wanted.name, 'it is sealed');
  if (differences.length === 0) return;
  const list = differences.map(
    (key) => `${key} is ${JSON.stringify(existing[key])}, not ${JSON.stringify(wanted[key])}`,
  );
  throw new StreamMismatchError(wanted.name, list.join('; '));
}

/** A JetStream stream of our name is not what we need, and must not be changed behind its owner's back. */
export class StreamMismatchError extends Error {
  constructor(name: string, difference: string) {
    super(
      `the JetStream stream ${name} exists but does not fit: ${difference}. ` +
        'Use another NATS account for Hearth, or move the stream away (nats stream backup, then rm)',
    );
    this.name = 'StreamMismatchError';
  }
}

/** A JetStream stream is missing, and this user may not make it: somebody who may has to. */
export class StreamMissingError extends Error {
  constructor(name: string) {
    super(`the JetStream stream ${name} does not exist, and this user may not make it`);
    this.name = 'StreamMissingError';
  }
}
