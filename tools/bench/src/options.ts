import { Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';

export const measurements = [
  ...(['hits', 'burst', 'memory', 'miss', 'fill', 'peer', 'rebuild', 'api', 'cache', 'advisor'] as const),
] as const;
export type Measurement = (typeof measurements)[number];

export interface Options {
  readonly only: readonly Measurement[];
  /** A folder of the file system to measure on; an XFS of our own when left out. */
  readonly directory?: string;
  readonly quick: boolean;
  readonly json: boolean;
}

const description = `Measures Hearth on a stack of its own, which is thrown away, and prints medians with their goals.
  hits     POST answered; request to available, of a 1 GiB and a 10 GiB image
  burst    200 hits at concurrency 16; 200 hits at once; 200 creates of a cold image at once
  memory   the five apps at rest: fresh, and after work
  miss     with the cache on and off, by clone mode; against download, hash and qemu-img convert
  fill     images of four shapes against their slowest part and against the classic pipeline; memory, scratch, hits beside them
  peer     a fill from another host against one from an image service that sends 200 MB/s
  rebuild  the replay of a log, no app running
  api      16 clients with tokens of a real Keystone: one volume, lists of 1,000 and of 100,000, blank creates; processor time; memory
  cache    10,000 entries, a million decisions: hits, plans, lists, looks back, a host's start; 1,000 creates of a cold image at once
  advisor  the curves of three eviction policies over a million decisions; no stack`;

export function parseOptions(argv: readonly string[], command = new Command()): Options {
  command
    .name('bench')
    .description(description)
    .addOption(new Option('--only <names>', 'with commas between them').argParser(parseNames))
    .option('--directory <path>', 'measure on this folder (default: an XFS on a loop device, which needs root)')
    .option('--quick', 'fewer repetitions and smaller images: for a look, not for the record', false)
    .option('--json', 'print the figures as JSON', false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  const { only, directory, quick, json } = command.opts<{
    only?: readonly Measurement[];
    directory?: string;
    quick: boolean;
    json: boolean;
  }>();
  return { only: only ?? measurements, directory: directory && resolve(directory), quick, json };
}

function parseNames(text: string): readonly Measurement[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(measurements as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is none of ${measurements.join(', ')}.`);
  return names as Measurement[];
}
