import type { Log, LogFields } from '@hearth/platform';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that a test can look at. */
export function keptLog(lines: LogLine[] = []): Log & { readonly lines: readonly LogLine[] } {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => keptLog(lines),
  };
}
