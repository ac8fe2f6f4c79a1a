import { PassThrough } from 'node:stream';
import type { CliDefaults } from '../config';
import type { CliWorld } from '../context';
import { runCli } from '../run-cli';

/** 2026-11-22 12:00 UTC. */
export const nowMs = Date.UTC(2026, 10, 22, 12);

export interface HearthOptions {
  readonly defaults?: Partial<CliDefaults>;
  /** Width of the terminal; none unless told. */
  readonly columns?: number;
  readonly hasColours?: boolean;
}

/** A world without a terminal, whose api is elsewhere. Waiting moves its clock and takes no time. */
export function worldOf({ defaults, columns, hasColours = false }: HearthOptions = {}): CliWorld {
  let now = nowMs;
  return {
    defaults: {
      ...{ url: undefined, token: 'demo:ann:member', openstack: {}, cloudsFiles: [], secureFiles: [], variables: [] },
      log: { databaseUrl: undefined, natsUrl: undefined, nkeySeed: () => undefined },
      ...defaults,
    },
    print: () => undefined,
    pause: async (ms) => void (now += ms),
    now: () => now,
    terminal: { columns, hasColours },
    errors: undefined,
  };
}

/** Runs a command line as the tool does, at an api, and returns what it printed. */
export async function runHearth(url: string | undefined, args: readonly string[], options: HearthOptions = {}) {
  const out: string[] = [];
  const complaints: string[] = [];
  const errors = new PassThrough();
  const progress: string[] = [];
  errors.on('data', (chunk: Buffer) => progress.push(chunk.toString()));
  const world: CliWorld = {
    ...worldOf({ ...options, defaults: { url, ...options.defaults } }),
    print: (line) => void out.push(line),
    errors,
  };
  const code = await runCli(args, world, (line) => void complaints.push(line));
  return { code, out: out.join('\n'), complaint: complaints.join('\n'), progress: progress.join('') };
}
