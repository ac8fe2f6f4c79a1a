import type { VolumeDriver } from './volume-driver';

/** What a driver is given to work with. */
export interface DriverEnvironment {
  /** Runs a program with an argument vector, never a shell; rejects with the exit code and the end of what it wrote. */
  readonly run: RunProgram;
  readonly log: DriverLog;
}

export type RunProgram = (
  argv: readonly [string, ...string[]],
  options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

export interface DriverLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A driver declares what it is; nothing registers by side effect. */
export interface DriverDefinition<Config> {
  readonly name: string;
  /** Parses the backend's own part of the configuration; throws an error that names the field. */
  readonly config: { parse(input: unknown): Config };
  open(config: Config, environment: DriverEnvironment): Promise<VolumeDriver>;
}

export function defineDriver<Config>(definition: DriverDefinition<Config>): DriverDefinition<Config> {
  return definition;
}
