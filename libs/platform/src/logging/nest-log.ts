import type { LoggerService } from '@nestjs/common';
import type { Log } from './log';

/** Our log in the shape Nest writes to. Nest's own start-up lines are for debugging. */
export class NestLog implements LoggerService {
  constructor(private readonly own: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.own.debug(textOf(message), contextOf(rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.own.debug(textOf(message), contextOf(rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.own.debug(textOf(message), contextOf(rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.own.warn(textOf(message), contextOf(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.own.error(textOf(message), errorFields(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.own.fatal(textOf(message), errorFields(message, rest));
  }
}

const textOf = (message: unknown): string =>
  message instanceof Error ? message.message : typeof message === 'string' ? message : JSON.stringify(message);

/** Nest's last argument is the class that speaks. */
function contextOf(rest: readonly unknown[]): { context?: string } {
  const last = rest.at(-1);
  return typeof last === 'string' ? { context: last } : {};
}

/** For errors the stack comes before the class. */
function errorFields(message: unknown, rest: readonly unknown[]): Record<string, unknown> {
  const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : undefined;
  const error = message instanceof Error ? message : (rest.find((item) => item instanceof Error) ?? stack);
  return { ...contextOf(rest), ...(error !== undefined && { error }) };
}
