import type { Category } from './categories';
import { isCategory } from './categories';

/** The only place where a subject, a JetStream stream or a bucket is spelled. */
export const jetstream = {
  facts: { stream: 'HEARTH_FACTS', subjects: 'hearth.facts.>' },
  nudges: { stream: 'HEARTH_NUDGES', subjects: 'hearth.nudge.>' },
  events: { stream: 'HEARTH_EVENTS', subjects: 'hearth.events.>' },
  /** Key-value bucket with a time to live: which processes live, what capacity they see. */
  livenessBucket: 'hearth_liveness',
  /** Key-value bucket with a time to live: how far running fills have come. */
  progressBucket: 'hearth_progress',
  /** Object store of state snapshots: a cache of folds, never a truth. */
  snapshotsBucket: 'hearth_snapshots',
} as const;

/** Which stream of facts: a category and an id (a UUID, or `host@backend#pool`). */
export interface StreamName {
  readonly category: Category;
  readonly id: string;
}

const plain = /^[A-Za-z0-9_-]+$/;
const encodedMark = '=';

/**
 * A text as one token of a subject: as it is where NATS allows all of its characters, else `=` and its base64url form, so
 * that the two can never be taken for each other.
 */
export function subjectToken(text: string): string {
  if (plain.test(text)) return text;
  return encodedMark + Buffer.from(text, 'utf8').toString('base64url');
}

export function fromSubjectToken(token: string): string {
  return token.startsWith(encodedMark) ? Buffer.from(token.slice(1), 'base64url').toString('utf8') : token;
}

/** `hearth.facts.<category>.<id>`: one subject a stream, which is what the concurrency check looks at. */
export function factsSubject(stream: StreamName): string {
  return `hearth.facts.${stream.category}.${subjectToken(stream.id)}`;
}

/** `hearth.facts.<category>.>`: all streams of a category. */
export function categorySubject(category: Category): string {
  return `hearth.facts.${category}.>`;
}

/** The stream that a facts subject names; undefined when it is none of ours. */
export function streamOfSubject(subject: string): StreamName | undefined {
  const [root, kind, category, token, ...rest] = subject.split('.');
  if (root !== 'hearth' || kind !== 'facts' || !category || !token || rest.length > 0 || !isCategory(category))
    return undefined;
  return { category, id: fromSubjectToken(token) };
}

/** What a nudge may point at. It carries an id and no instructions. */
export type NudgeTarget =
  { readonly kind: 'volume'; readonly id: string } | { readonly kind: 'pool'; readonly id: string };

/** `hearth.nudge.<host>.<kind>.<id>`. The scheduler is addressed as the host `@scheduler`. */
export function nudgeSubject(host: string, target: NudgeTarget): string {
  return `hearth.nudge.${subjectToken(host)}.${target.kind}.${subjectToken(target.id)}`;
}

/** All nudges of one host. */
export function nudgesOfHost(host: string): string {
  return `hearth.nudge.${subjectToken(host)}.>`;
}

/** Who is nudged to place a volume anew: the scheduler has no host of its own. */
export const schedulerHost = '@scheduler';

export function targetOfNudge(subject: string): NudgeTarget | undefined {
  const [root, word, host, kind, token, ...rest] = subject.split('.');
  if (root !== 'hearth' || word !== 'nudge' || !host || !token || rest.length > 0) return undefined;
  return kind === 'volume' || kind === 'pool' ? { kind, id: fromSubjectToken(token) } : undefined;
}

/** `hearth.events.<type>`: outward CloudEvents; the type has dots of its own, `volume.create.end`. */
export function eventSubject(type: string): string {
  return `hearth.events.${type}`;
}

/** `hearth.live.<type>`: outward CloudEvents of what is no fact; no stream keeps them. */
export function liveEventSubject(type: string): string {
  return `hearth.live.${type}`;
}

const serviceKeys = 'service.';

/** `service.<binary>.<host>`: key of an app in the liveness bucket. A host's own key has no dot. */
export function serviceKey({ binary, host }: { readonly binary: string; readonly host: string }): string {
  return `${serviceKeys}${subjectToken(binary)}.${subjectToken(host)}`;
}

/** `service.<binary>.*`: the keys of an app on any host. */
export function serviceKeysOf(binary: string): string {
  return `${serviceKeys}${subjectToken(binary)}.*`;
}

export function isServiceKey(key: string): boolean {
  return key.startsWith(serviceKeys);
}

/** `fill.<pool>.<generation>`: key of a fill in the progress bucket. */
export function fillProgressKey(pool: string, generation: number): string {
  return `fill.${subjectToken(pool)}.${generation}`;
}

/** `download.<volume>`: key of a download straight into a volume in the progress bucket. */
export function downloadProgressKey(volumeId: string): string {
  return `download.${subjectToken(volumeId)}`;
}

/** `hearth.janitor.run.<pass>`: a request runs one of the janitor's passes now; the answer is its status as JSON, or `{ error }`. */
export function passSubject(pass: string): string {
  return `hearth.janitor.run.${pass}`;
}

/** `hearth.host.<host>.manageable`: a request of `ManageableRequest` as JSON; the answer is a `ManageableAnswer` as JSON. */
export function manageableSubject(host: string): string {
  return `hearth.host.${subjectToken(host)}.manageable`;
}

/** The same of any host. */
export const manageableOfAnyHost = 'hearth.host.*.manageable';

/** `hearth.host.<host>.reconcile`: a request of `ReconcileRequest` as JSON; the answer is a `ReconcileAnswer` as JSON. */
export function reconcileSubject(host: string): string {
  return `hearth.host.${subjectToken(host)}.reconcile`;
}

/** The same of any host. */
export const reconcileOfAnyHost = 'hearth.host.*.reconcile';

/** A request of `InternalQuotaQuestion` as JSON; whichever api hears it answers with an `InternalQuotaAnswer` as JSON. */
export const internalQuotaSubject = 'hearth.quota.internal';

/** A request of `LogQuestion` as JSON; whichever api hears it answers with a `LogVerdict` as JSON. */
export const logQuestionSubject = 'hearth.log.question';

/** An api tells all who listen that the log is suspect: a `LogVerdict` as JSON. */
export const logSuspectSubject = 'hearth.log.suspect';

/** Durable consumers by name: whoever names one shares its messages, so each is granted to one user alone. */
export const durables = {
  schedulerFacts: 'scheduler-facts',
  schedulerNudges: 'scheduler-nudges',
  janitorSettings: 'cache-janitor-settings',
  volumeManagerNudges: (host: string) => `volume-manager-${subjectToken(host)}`,
} as const;

/** What the client calls the JetStream streams of its buckets. */
export const streamOfBucket = {
  keyValue: (bucket: string) => `KV_${bucket}`,
  objects: (bucket: string) => `OBJ_${bucket}`,
} as const;

/** `$KV.<bucket>.<key>`: the subject of an entry; a key may end in a wildcard. */
export function keySubject(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/** The subjects of an object: its description under its name, and its chunks, whose ids are random. */
export const objectSubjects = {
  description: (bucket: string, name: string) => `$O.${bucket}.M.${padded(Buffer.from(name, 'utf8'))}`,
  chunks: (bucket: string) => `$O.${bucket}.C.*`,
  all: (bucket: string) => [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
} as const;

/** Base64 for URLs with the padding that the client keeps. */
function padded(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Prefix of the inboxes of a user with this public nkey: nobody else may subscribe below it, so nobody reads another's answers. */
export function inboxPrefixOf(publicKey: string): string {
  return `_INBOX_${publicKey}`;
}

/** JetStream's own subjects, as permissions name them; a stream or a consumer may be `*`. */
export const jetstreamApi = {
  account: '$JS.API.INFO',
  streamNames: '$JS.API.STREAM.NAMES',
  streamList: '$JS.API.STREAM.LIST',
  stream: (verb: 'CREATE' | 'UPDATE' | 'INFO' | 'PURGE' | 'MSG.GET', stream: string) =>
    `$JS.API.STREAM.${verb}.${stream}`,
  /** A stored message as it is, from any replica; the last one of a subject, where that follows. */
  directGet: (stream: string) => [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`],
  consumer: (verb: 'INFO' | 'DELETE' | 'MSG.NEXT', stream: string, consumer: string) =>
    `$JS.API.CONSUMER.${verb}.${stream}.${consumer}`,
  /** Makes or changes a consumer by name, for a filter or without one. */
  createConsumer: (stream: string, consumer: string, filter?: string) =>
    `$JS.API.CONSUMER.CREATE.${stream}.${consumer}${filter === undefined ? '' : `.${filter}`}`,
  /** Makes a consumer whose name stands in the request alone, where no permission sees it. */
  createUnnamedConsumer: (stream: string) => `$JS.API.CONSUMER.CREATE.${stream}`,
  anyConsumer: '$JS.API.CONSUMER.>',
  acknowledge: (stream: string, consumer: string) => `$JS.ACK.${stream}.${consumer}.>`,
  flowControl: (stream: string) => `$JS.FC.${stream}.>`,
} as const;
