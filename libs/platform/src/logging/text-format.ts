import { inspect } from 'node:util';

const colours: Record<string, string> = { debug: '90', info: '32', warn: '33', error: '31', fatal: '35' };

/** One JSON line of the log as a person reads it: time, level, app, message, fields; the stack of an error below. */
export function formatText(line: string, { colour }: { colour: boolean }): string {
  const {
    time,
    level,
    message,
    app,
    pid: _pid,
    hostname: _host,
    error,
    ...fields
  } = JSON.parse(line) as Record<string, unknown>;
  const paint = (text: string, code: string | undefined) => (colour && code ? `\x1b[${code}m${text}\x1b[0m` : text);
  const clock = String(time).slice(11, 23);
  const shown = Object.entries(fields).map(([name, value]) => `${paint(name, '90')}=${plain(value)}`);
  const head = [
    clock,
    paint(String(level).toUpperCase().padEnd(5), colours[String(level)]),
    `[${app}]`,
    message,
    ...shown,
  ];
  return `${head.join(' ')}\n${error === undefined ? '' : `${indent(describeError(error))}\n`}`;
}

function plain(value: unknown): string {
  if (typeof value === 'string') return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
  return inspect(value, { breakLength: Infinity, depth: 4 });
}

function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { stack, message, cause } = error as { stack?: string; message?: string; cause?: unknown };
  const own = stack ?? message ?? inspect(error);
  return cause === undefined ? own : `${own}\ncaused by: ${describeError(cause)}`;
}

const indent = (text: string): string => text.replace(/^/gm, '    ');
