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

/** Runs a command line as the tool does, at an api, and returns what it printed. Waiting moves its clock and takes no time. */
export async function runHearth(url: string | undefined, args: readonly string[], options: HearthOptions = {}) {
  const out: string[] = [];
  const complaints: string[] = [];
  const errors = new PassThrough();
  const progress: string[] = [];
  errors.on('data', (chunk: Buffer) => progress.push(chunk.toString()));
  let now = nowMs;
  const world: CliWorld = {
    defaults: {
      ...{ url, token: 'demo:ann:member', openstack: {}, cloudsFiles: [], secureFiles: [], variables: [] },
      log: { databaseUrl: undefined, natsUrl: undefined, nkeySeed: () => undefined },
      ...options.defaults,
    },
    print: (line) => void out.push(line),
    pause: async (ms) => void (now += ms),
    now: () => now,
    terminal: { columns: options.columns, hasColours: options.hasColours ?? false },
    errors,
  };
  const code = await runCli(args, world, (line) => void complaints.push(line));
  return { code, out: out.join('\n'), complaint: complaints.join('\n'), progress: progress.join('') };
}
