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
