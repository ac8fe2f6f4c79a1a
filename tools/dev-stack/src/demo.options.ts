import { Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';

/** What a command line of `npm run demo` asks for. */
export interface DemoOptions {
  readonly stateDir: string;
  /** An image file of the caller's; a disk made on the spot when left out. */
  readonly image?: string;
  /** GiB of the two volumes; the smallest that hold the image when left out. */
  readonly sizeGib?: number;
  readonly keep: boolean;
}

const epilogue = `
What the demonstration made it removes again, a stack that ran before goes on running, and --keep leaves everything as it is.

Exit codes: 0 a miss and a hit were seen and the bytes are the image's; 1 not so; 2 usage; 130 interrupted.`;

/** Reads a command line. Prints help, or what is wrong with it, and exits. */
export function parseDemoOptions(
  argv: readonly string[],
  defaults: { readonly stateDirectory: string },
  command = new Command(),
): DemoOptions {
  command
    .name('demo')
    .description('Makes a volume from an image twice: downloaded and filled the first time, cloned the second.')
    .addHelpText('after', epilogue)
    .option(
      '--image <file>',
      'image to take: raw, qcow2, vmdk, vhd, vhdx, vdi or iso (default: a disk of 300 MiB, made once, which boots where it can)',
    )
    .addOption(new Option('--size <gib>', 'size of the volumes (default: what holds the image)').argParser(parseSize))
    .option('--keep', 'leave the stack up, and say how to look at it', false)
    .addOption(
      new Option('--state <directory>', 'where everything is kept (or HEARTH_STATE_DIRECTORY)').default(
        defaults.stateDirectory,
      ),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  const { image, size, keep, state } = command.opts<{ image?: string; size?: number; keep: boolean; state: string }>();
  return { stateDir: resolve(state), image: image && resolve(image), sizeGib: size, keep };
}

function parseSize(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number of GiB, from 1.');
  return Number(text);
}
