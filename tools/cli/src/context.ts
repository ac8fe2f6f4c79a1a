import type { Command } from 'commander';
import { ApiClient } from './api.client';
import type { CliDefaults } from './config';

/** What commands need of the world. */
export interface CliWorld {
  readonly defaults: CliDefaults;
  readonly print: (line: string) => void;
  /** Waits between two looks. */
  readonly pause: (ms: number) => Promise<void>;
}

interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** One call of the tool: a client, and how to show what came. */
export interface CliContext {
  readonly client: ApiClient;
  readonly world: CliWorld;
  /** JSON when asked for, else text. */
  show(value: unknown, text: () => string): void;
}

export function contextOf(command: Command, world: CliWorld): CliContext {
  const { url, token, json = false } = command.optsWithGlobals<GlobalOptions>();
  const { defaults } = world;
  return {
    client: new ApiClient({ url: url ?? defaults.url, token: token ?? defaults.token }),
    world,
    show: (value, text) => world.print(json ? JSON.stringify(value, null, 2) : text()),
  };
}
