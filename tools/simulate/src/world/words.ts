import type { Log, LogFields } from '@hearth/platform';

const linesMax = 2_000;

/** What the processes log, the last of it: shown beside a history that breaks a promise. */
export class Words implements Log {
  readonly lines: string[] = [];
  private isKept = false;

  /** From now on they are kept. */
  keep(): void {
    this.isKept = true;
  }

  debug(): void {
    // Nobody reads those here.
  }

  info(message: string, fields?: LogFields): void {
    this.add('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.add('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.add('error', message, fields);
  }

  fatal(message: string, fields?: LogFields): void {
    this.add('fatal', message, fields);
  }

  child(): Log {
    return this;
  }

  /** A line of the simulation itself. */
  tell(line: string): void {
    if (this.isKept) this.lines.push(line);
  }

  private add(level: string, message: string, fields: LogFields = {}): void {
    if (!this.isKept) return;
    this.lines.push(`${level}: ${message} ${JSON.stringify(fields, printable)}`);
    if (this.lines.length > linesMax) this.lines.shift();
  }
}

function printable(_: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
