import { Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';

const stages = ['base-images', 'build', 'up', 'volumes'] as const;

/** What the command line asked for. */
export interface SmokeOptions {
  readonly until: (typeof stages)[number];
  readonly official: boolean;
  readonly engineDirectory: string | undefined;
  readonly image: string | undefined;
  readonly sizeGib: number;
}

/** Reads the command line; prints help and exits when asked. */
export function readOptions(argv: readonly string[]): SmokeOptions {
  const command = new Command('smoke')
    .description(
      'Builds the image, brings the compose file up, makes a volume from an image twice, takes everything down.',
    )
    .addOption(new Option('--until <stage>', 'the last stage to run').choices(stages).default('volumes'))
    .option('--official', 'take base images from the public registry instead of making look-alikes', false)
    .option('--engine-directory <path>', 'keep the data of our own Docker engine here (default: thrown away)')
    .option('--image <file>', 'raw or qcow2 image to make volumes from (default: 64 MiB of random bytes)')
    .addOption(new Option('--size-gib <number>', 'size of the volumes').default(1).argParser(parseSize));
  const { until, official, engineDirectory, image, sizeGib } = command.parse(argv).opts<SmokeOptions>();
  return {
    until,
    official,
    engineDirectory: engineDirectory && resolve(engineDirectory),
    image: image && resolve(image),
    sizeGib,
  };
}

function parseSize(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a size is a whole number of GiB, from 1.');
  return Number(text);
}
