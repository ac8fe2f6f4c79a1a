import type { Inhabitant } from '../../real/cloud';
import type { Program } from './clients';
import type { World } from './world';

/** What must come of a command, beside a success with whatever output. */
export interface Expected {
  /** What it prints with `-f json`, compared as `toMatchObject` does. */
  readonly says?: object;
  /** Part of what it prints, without `-f json`. */
  readonly prints?: RegExp;
  /** It ends with 1, and says this on standard error. */
  readonly fails?: RegExp;
  /** It ends well, and yet says this on standard error. */
  readonly warns?: RegExp;
  /** Names for values of what it prints with `-f json`, which later commands use as `{name}`. */
  readonly notes?: Readonly<Record<string, string>>;
  /** Microversion asked for; that of the subject unless told. `default`: as the client is installed. */
  readonly microversion?: string;
  /** What must be true afterwards. */
  readonly then?: After;
}

export type After = (world: World) => Promise<void>;

/** One command of somebody's day. */
export interface Step extends Expected {
  readonly who: Inhabitant;
  readonly program: Exclude<Program, 'sdk'>;
  /** As it is typed, without the program: words, 'words in quotes', and `{names}` of what was noted before. */
  readonly command: string;
}

/** Commands about one thing, in the order in which they are typed. */
export interface Subject {
  readonly title: string;
  readonly microversion: string;
  readonly steps: readonly Step[];
}

type Typed = (command: string, expected?: Expected) => Step;

const typedBy =
  (who: Inhabitant, program: Step['program']): Typed =>
  (command, expected = {}) => ({ who, program, command, ...expected });

/** `openstack`, typed by an administrator; and so on. */
export const admin = typedBy('admin', 'openstack');
export const member = typedBy('member', 'openstack');
export const reader = typedBy('reader', 'openstack');
export const stranger = typedBy('stranger', 'openstack');

/** The older client `cinder`, for what `openstack` has no command for. */
export const cinder: Readonly<Record<'admin' | 'member' | 'reader', Typed>> = {
  admin: typedBy('admin', 'cinder'),
  member: typedBy('member', 'cinder'),
  reader: typedBy('reader', 'cinder'),
};

/** A list that has these rows, and perhaps others. */
export const rows = (...wanted: object[]): object =>
  expect.arrayContaining(wanted.map((row) => expect.objectContaining(row)));

/** A list without such a row. */
export const noRow = (unwanted: object): object => expect.not.arrayContaining([expect.objectContaining(unwanted)]);

export const text: unknown = expect.any(String);

/** The refusal of a policy, as the client prints it. */
export const forbidden = (policy: string): RegExp =>
  new RegExp(`Policy doesn't allow ${policy.replaceAll('.', '\\.')} to be performed\\. \\(HTTP 403\\)`);

/** The words of a command, without its quotes. A name in braces may hold spaces. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\{[^}]*\}|[^\s'{])+/g)].map(([word]) => word.replaceAll("'", ''));
}
