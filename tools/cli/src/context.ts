import type { Command } from 'commander';
import { ApiClient } from './api/api.client';
import { connect } from './api/connect';
import type { CliDefaults } from './config';
import { type ProgressBar, progressBar } from './terminal/progress';

/** What commands need of the world. */
export interface CliWorld {
  readonly defaults: CliDefaults;
  readonly print: (line: string) => void;
  /** Waits between two looks. */
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly terminal: {
    /** Width of what is printed to; undefined where that is no terminal. */
    readonly columns: number | undefined;
    readonly hasColours: boolean;
  };
  /** Where progress is shown; undefined: nowhere. */
  readonly errors: NodeJS.WritableStream | undefined;
}

export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly osCloud?: string;
  readonly json?: boolean;
}

/** One call of the tool: a client, and how to show what came. */
export interface CliContext {
  readonly client: ApiClient;
  readonly world: CliWorld;
  readonly isJson: boolean;
  /** JSON when asked for, else text for a terminal of so many columns, if it is one. */
  show(value: unknown, text: (columns: number | undefined) => string): void;
  /** A bar on stderr; nothing where JSON is wanted. */
  progress(unit: string): ProgressBar;
}

export function contextOf(command: Command, world: CliWorld): CliContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { json: isJson = false } = options;
  return {
    client: new ApiClient(() => connect(world.defaults, options)),
    ...{ world, isJson },
    show: (value, text) => world.print(isJson ? JSON.stringify(value, null, 2) : text(world.terminal.columns)),
    progress: (unit) => progressBar(isJson ? undefined : world.errors, unit),
  };
}
