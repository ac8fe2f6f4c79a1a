import { Command, InvalidArgumentError, Option } from 'commander';

/** What the command line (or the environment) asked for. */
export interface Config {
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly stateDir: string;
  readonly throttleBytesPerSecond: number | undefined;
}

/** Reads the command line; variables of the environment stand in for what it leaves out. Prints help and exits when asked. */
export function readConfig(argv: readonly string[]): Config {
  const command = new Command('image-service')
    .description('Serves a directory of image files with the reading calls of the OpenStack Image API v2.')
    .addOption(
      new Option('--directory <path>', 'the image files; <file>.json beside one describes it')
        .env('HEARTH_IMAGES_DIRECTORY')
        .makeOptionMandatory(),
    )
    .addOption(new Option('--host <address>', 'address to listen on').env('HEARTH_IMAGES_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <number>', 'port to listen on; 0: any')
        .env('HEARTH_IMAGES_PORT')
        .default(9292)
        .argParser(parsePort),
    )
    .addOption(
      new Option('--state <path>', 'where digests are kept over restarts (default: the directory)').env(
        'HEARTH_IMAGES_STATE',
      ),
    )
    .addOption(
      new Option('--throttle-bytes-per-second <number>', 'how fast bytes are sent, all downloads together')
        .env('HEARTH_IMAGES_THROTTLE_BYTES_PER_SECOND')
        .argParser(parseRate),
    );
  const { directory, host, port, state, throttleBytesPerSecond } = command.parse(argv).opts<{
    directory: string;
    host: string;
    port: number;
    state?: string;
    throttleBytesPerSecond?: number;
  }>();
  return { directory, host, port, stateDir: state ?? directory, throttleBytesPerSecond };
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return Number(text);
}

function parseRate(text: string): number {
  if (!/^[1-9]\d{0,12}$/.test(text)) throw new InvalidArgumentError('a rate is a number of bytes, 1 or more.');
  return Number(text);
}
