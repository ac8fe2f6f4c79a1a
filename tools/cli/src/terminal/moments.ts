import { InvalidArgumentError } from 'commander';

const secondsOf = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const instant = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?$/i;

/** What stands on a command line for a past moment: ISO 8601 (UTC unless it says otherwise), `now`, or how long ago: `-2h`. */
export const momentForms = 'ISO 8601, now, or how long ago: -90s, -30m, -2h, -7d, -2w';

/** Seconds of `90s`, `30m`, `2h`, `7d`, `2w`. Throws `InvalidArgumentError`. */
export function durationSeconds(text: string): number {
  const seconds = secondsIn(text);
  if (seconds === undefined) throw new InvalidArgumentError('a time such as 90s, 30m, 2h, 7d or 2w is wanted.');
  return Math.round(seconds);
}

/** A past moment as ISO 8601. Throws `InvalidArgumentError`. */
export function pastMoment(text: string, nowMs: number): string {
  if (text === 'now') return new Date(nowMs).toISOString();
  const ago = secondsIn(text.replace(/^-/, ''));
  const moment = ago === undefined ? instantIn(text) : new Date(nowMs - ago * 1_000);
  if (moment === undefined || Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError(`'${text}' is no moment: ${momentForms}.`);
  }
  return moment.toISOString();
}

/** A moment to come as ISO 8601: an instant, or `2h` from now. Throws `InvalidArgumentError`. */
export function comingMoment(text: string, nowMs: number): string {
  const ahead = secondsIn(text.replace(/^\+/, ''));
  const moment = ahead === undefined ? instantIn(text) : new Date(nowMs + ahead * 1_000);
  if (moment === undefined || Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError(`'${text}' is no moment to come: ISO 8601, or how long from now: 30m, 2h, 7d.`);
  }
  return moment.toISOString();
}

function secondsIn(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([smhdw])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * secondsOf[unit as keyof typeof secondsOf];
}

/** UTC where no zone is named, as the api has it. */
function instantIn(text: string): Date | undefined {
  if (!instant.test(text)) return undefined;
  const [, day = '', time = '00:00', zone = 'Z'] = /^(.{10})(?:[T ]([\d:.]+))?(.*)$/i.exec(text) ?? [];
  return new Date(`${day}T${time}${zone === '' ? 'Z' : zone.toUpperCase()}`);
}

/** Units that are none, as of `-10y`, are told of where the moment is read. */
const agoShown = /^-\d{1,9}(?:\.\d{1,3})?[a-z]+$/;

/** Lets `-2h` stand where arguments stand, although it begins as options do: a bare `2h` means the same, but where it is one to come. */
export const withPlainMoments = (args: readonly string[]): readonly string[] =>
  args.map((arg, index) => (agoShown.test(arg) && args[index - 1] !== '--deadline' ? arg.slice(1) : arg));

/** Seconds for people: `45 s`, `2 h 5 min`, `3 d`. */
export function secondsText(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1_000).toPrecision(3))} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const parts = [
    [Math.floor(seconds / secondsOf.d), 'd'],
    [Math.floor((seconds % secondsOf.d) / secondsOf.h), 'h'],
    [Math.floor((seconds % secondsOf.h) / secondsOf.m), 'min'],
    [Math.floor(seconds % secondsOf.m), 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}
