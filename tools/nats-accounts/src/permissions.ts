// What each user may send to NATS and listen to: one row a user. What is not in its row is denied. Reasons, and what subjects cannot
// bound, are in decision 0013.
import {
  categorySubject,
  type Category,
  durables,
  eventSubject,
  factsSubject,
  inboxPrefixOf,
  internalQuotaSubject,
  jetstream,
  jetstreamApi as api,
  keySubject,
  liveEventSubject,
  logQuestionSubject,
  logSuspectSubject,
  manageableOfAnyHost,
  manageableSubject,
  nudgesOfHost,
  objectSubjects,
  passSubject,
  reconcileOfAnyHost,
  reconcileSubject,
  schedulerHost,
  serviceKeysOf,
  streamOfBucket,
  subjectToken,
} from '@hearth/contracts';
import { parsePoolRef } from '@hearth/kernel';
import type { HostPools, NatsUser } from './users';

/** As nats-server has them. */
export interface Permissions {
  readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
  /** May answer the requests that it gets, wherever the answer is wanted. */
  readonly answers: boolean;
}

const { facts, nudges, events, livenessBucket, progressBucket, snapshotsBucket } = jetstream;
const streams = {
  facts: facts.stream,
  nudges: nudges.stream,
  events: events.stream,
  liveness: streamOfBucket.keyValue(livenessBucket),
  progress: streamOfBucket.keyValue(progressBucket),
  snapshots: streamOfBucket.objects(snapshotsBucket),
} as const;

/** A durable of the user's own, for one filter; without a filter, for all filters. */
interface OwnDurable {
  readonly stream: string;
  readonly name: string;
  readonly filter?: string;
}

interface Row {
  /** Whose facts it writes: all of a category, or single streams by their subjects. */
  readonly facts?: readonly (Category | `hearth.facts.${string}`)[];
  /** What it reads by consumers of its own that have no lasting name. */
  readonly follows?: readonly ('facts' | 'liveness' | 'progress')[];
  /** How it reads single commits: only the leader wraps what it hands out, so that it cannot be sent on as it is. */
  readonly commits?: 'any-replica' | 'leader';
  readonly durables?: readonly OwnDurable[];
  /** Snapshots that it keeps, by name; whoever keeps or `loads` them reads all. */
  readonly snapshots?: readonly string[];
  readonly loads?: boolean;
  /** Its entries in the buckets. */
  readonly entries?: readonly string[];
  readonly sends?: readonly string[];
  readonly hears?: readonly string[];
  readonly answers?: boolean;
}

/** The table. */
function rowOf(user: NatsUser): Row {
  switch (user.kind) {
    case 'api':
      return {
        facts: ['volume', 'service', 'image-cache', 'cache-policy'],
        commits: 'any-replica',
        follows: ['facts', 'liveness', 'progress'],
        loads: true,
        sends: [manageableOfAnyHost, reconcileOfAnyHost, passSubject('*'), logSuspectSubject],
        hears: [logQuestionSubject, internalQuotaSubject],
        answers: true,
      };
    case 'scheduler':
      return {
        facts: ['volume'],
        commits: 'any-replica',
        follows: ['facts', 'liveness'],
        durables: [
          { stream: streams.facts, name: durables.schedulerFacts },
          { stream: streams.nudges, name: durables.schedulerNudges, filter: nudgesOfHost(schedulerHost) },
        ],
        snapshots: ['view/image-cache/scheduler'],
        entries: [keySubject(livenessBucket, serviceKeysOf('cinder-scheduler'))],
        sends: [nudges.subjects, logQuestionSubject],
        hears: [logSuspectSubject],
      };
    case 'cache-janitor':
      return {
        facts: ['image-cache', 'cache-policy'],
        commits: 'any-replica',
        follows: ['facts', 'liveness'],
        durables: [{ stream: streams.facts, name: durables.janitorSettings, filter: categorySubject('service') }],
        snapshots: ['view/volume/cache-janitor', 'view/image-cache/cache-janitor'],
        entries: [keySubject(livenessBucket, serviceKeysOf('hearth-cache-janitor'))],
        sends: [nudges.subjects, reconcileOfAnyHost, logQuestionSubject],
        hears: [passSubject('*'), logSuspectSubject],
        answers: true,
      };
    case 'notifier':
      return {
        commits: 'any-replica',
        follows: ['facts', 'progress'],
        snapshots: ['notifier/position'],
        entries: [keySubject(progressBucket, 'told.>'), keySubject(livenessBucket, serviceKeysOf('hearth-notifier'))],
        sends: [
          eventSubject('>'),
          liveEventSubject('>'),
          api.stream('INFO', streams.events),
          api.stream('MSG.GET', streams.events),
          logQuestionSubject,
        ],
        hears: [logSuspectSubject],
      };
    case 'volume-manager':
      return volumeManager(user);
    case 'operator':
      return {
        facts: ['image-cache'],
        commits: 'any-replica',
        follows: ['facts', 'liveness', 'progress'],
        loads: true,
        sends: [
          ...(['CREATE', 'UPDATE', 'INFO', 'MSG.GET'] as const).map((verb) => api.stream(verb, '*')),
          ...[api.streamList, api.anyConsumer, api.acknowledge('*', '*'), passSubject('*')],
        ],
        hears: [eventSubject('>'), liveEventSubject('>')],
      };
    case 'subscriber':
      return {
        durables: [{ stream: streams.events, name: subjectToken(user.name) }],
        sends: [api.stream('INFO', streams.events)],
        hears: [eventSubject('>'), liveEventSubject('>')],
      };
    case 'listener':
      return { hears: [eventSubject('>'), liveEventSubject('>')] };
  }
}

/** A host writes the facts, the entries and the snapshots of its own backends and pools; of volumes, those of any. */
function volumeManager({ host, pools }: HostPools): Row {
  const backends = new Set(pools.map((pool) => `${host}@${parsePoolRef(pool)!.backend}`));
  const subjectOf = (category: Category, id: string) => factsSubject({ category, id }) as `hearth.facts.${string}`;
  return {
    facts: [
      'volume',
      ...pools.map((pool) => subjectOf('image-cache', pool)),
      ...[...backends].map((backend) => subjectOf('service', backend)),
    ],
    commits: 'leader',
    follows: ['facts', 'liveness'],
    durables: [{ stream: streams.nudges, name: durables.volumeManagerNudges(host), filter: nudgesOfHost(host) }],
    snapshots: pools.map((pool) => `state/image-cache/${pool}`),
    entries: [
      keySubject(livenessBucket, subjectToken(host)),
      ...pools.map((pool) => keySubject(progressBucket, `fill.${subjectToken(pool)}.*`)),
      keySubject(progressBucket, 'download.*'),
    ],
    sends: [logQuestionSubject, internalQuotaSubject],
    hears: [manageableSubject(host), reconcileSubject(host), logSuspectSubject],
    answers: true,
  };
}

/** Durables of the log, each for its own user: whoever pulls from one takes its messages away from its owner. */
const durablesOfLog = [durables.schedulerFacts, durables.janitorSettings];

/** What a user with this public nkey may do. */
export function permissionsOf(user: NatsUser, publicKey: string): Permissions {
  const row = rowOf(user);
  const own = new Set(row.durables?.map(({ name }) => name));
  const foreign = user.kind === 'operator' ? [] : durablesOfLog.filter((name) => !own.has(name));
  const followsLog = row.follows?.includes('facts') ?? false;
  const isListener = user.kind === 'listener';
  return {
    publish: {
      allow: [
        ...(isListener ? [] : [api.account]),
        ...(row.commits ? opensBroker(row.commits) : []),
        ...(row.facts ?? []).map((what) => (what.startsWith('hearth.') ? what : categorySubject(what as Category))),
        ...(row.follows ?? []).flatMap((what) => anyConsumer(streams[what])),
        ...(row.durables ?? []).flatMap(ownDurable),
        ...(row.snapshots || row.loads ? loadsSnapshots : []),
        ...(row.snapshots ?? []).map((name) => objectSubjects.description(snapshotsBucket, name)),
        ...(row.snapshots ? keepsSnapshots : []),
        ...(row.entries ?? []),
        ...(row.sends ?? []),
      ],
      deny: followsLog ? foreign.flatMap(noConsumer) : [],
    },
    subscribe: { allow: [...(isListener ? [] : [`${inboxPrefixOf(publicKey)}.>`]), ...(row.hears ?? [])] },
    answers: row.answers ?? false,
  };
}

/** Looks at all streams as it starts, and reads single commits. */
const opensBroker = (commits: 'any-replica' | 'leader'): string[] => [
  ...Object.values(streams).map((stream) => api.stream('INFO', stream)),
  api.stream('MSG.GET', streams.facts),
  ...(commits === 'any-replica' ? api.directGet(streams.facts) : []),
];

const anyConsumer = (stream: string): string[] => [
  api.createConsumer(stream, '*'),
  api.createConsumer(stream, '*', '>'),
  api.consumer('MSG.NEXT', stream, '*'),
  api.consumer('DELETE', stream, '*'),
];

const noConsumer = (name: string): string[] => [
  api.createConsumer(streams.facts, name),
  api.createConsumer(streams.facts, name, '>'),
  api.consumer('MSG.NEXT', streams.facts, name),
  api.consumer('DELETE', streams.facts, name),
];

const ownDurable = ({ stream, name, filter }: OwnDurable): string[] => [
  ...(filter === undefined ? [api.createConsumer(stream, name), api.createConsumer(stream, name, '>')] : []),
  ...(filter === undefined ? [] : [api.createConsumer(stream, name, filter)]),
  api.consumer('INFO', stream, name),
  api.consumer('MSG.NEXT', stream, name),
  api.acknowledge(stream, name),
];

/** The client reads objects by consumers that it gives no name; nobody has a lasting one there. */
const loadsSnapshots: readonly string[] = [
  api.streamNames,
  api.stream('MSG.GET', streams.snapshots),
  api.createUnnamedConsumer(streams.snapshots),
  ...anyConsumer(streams.snapshots),
  api.consumer('INFO', streams.snapshots, '*'),
  api.flowControl(streams.snapshots),
];

/** Chunks have random names, and those of the snapshot before are purged. A snapshot is a cache: whoever purges one costs time. */
const keepsSnapshots: readonly string[] = [
  objectSubjects.chunks(snapshotsBucket),
  api.stream('PURGE', streams.snapshots),
];
