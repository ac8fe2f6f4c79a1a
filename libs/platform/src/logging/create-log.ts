import { isSpanContextValid, trace } from '@opentelemetry/api';
import pino, { type Logger } from 'pino';
import type { Log, LogFields } from './log';
import { redact } from './redact';
import { formatText } from './text-format';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogOptions {
  /** The app, on every line. */
  readonly name: string;
  readonly level?: LogLevel;
  /** `auto`: text on a terminal, else JSON. */
  readonly format?: 'auto' | 'json' | 'text';
  /** Where the lines go; standard output unless told. */
  readonly write?: (line: string) => void;
}

/**
 * The log of a process: one JSON object a line (time, level, app, message, fields), or text for people. Token-like
 * fields are hidden whatever is logged; inside a span every line carries `traceId` and `spanId`.
 */
export function createLog({ name, level = 'info', format = 'auto', write }: LogOptions): Log {
  const terminal = process.stdout.isTTY === true;
  const text = format === 'text' || (format === 'auto' && terminal);
  const out = write ?? ((line: string) => void process.stdout.write(line));
  const destination = text
    ? { write: (line: string) => out(formatText(line, { colour: terminal && !write })) }
    : write
      ? { write }
      : pino.destination({ fd: 1, sync: true });
  const options: pino.LoggerOptions = {
    level,
    messageKey: 'message',
    base: { app: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceFields,
  };
  return logOver(pino(options, destination));
}

function logOver(logger: Logger): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (logger.isLevelEnabled(level))
      logger[level](fields ? (redact(fields) as object) : {}, redact(message) as string);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (bindings) => logOver(logger.child(redact(bindings) as Record<string, unknown>)),
  };
}

function traceFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { traceId: span.traceId, spanId: span.spanId } : {};
}
