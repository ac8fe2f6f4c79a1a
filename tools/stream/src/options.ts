import { type Category, categories, isCategory } from '@hearth/contracts';
import { Command, InvalidArgumentError } from 'commander';
import type { Environment } from './config';

export interface Options {
  readonly category: Category;
  readonly id: string;
  readonly natsUrls: readonly string[];
  /** Of the user at NATS; from the environment alone, for command lines are seen by all. */
  readonly nkeySeed: string | undefined;
  readonly json: boolean;
  /** Goes on with commits to come. */
  readonly follow: boolean;
}

const description = `Prints the commits of one stream of facts, oldest first:
  npm run stream volume 5b1c4f0e-…
  npm run stream image-cache store-01@file#default

Exit codes: 0 printed; 1 the stream is empty, or the log cannot be read; 2 usage.`;

const names = Object.keys(categories);

/** What a command line asks for; prints help, or what is wrong, and exits. */
export function parseOptions(argv: readonly string[], environment: Environment, command = new Command()): Options {
  command
    .name('stream')
    .description(description)
    .argument('<category>', names.join(', '), parseCategory)
    .argument('<id>', "a volume's id; a pool for image-cache; host@backend for service; a policy's id for cache-policy")
    .option('--nats-url <urls>', 'servers of the log, with commas (or HEARTH_NATS_URL)', environment.natsUrl)
    .option('--json', 'one commit a line, as JSON', false)
    .option('--follow', 'go on with commits to come', false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  const [category, id] = command.processedArgs as [Category, string];
  const { natsUrl, json, follow } = command.opts<{ natsUrl?: string; json: boolean; follow: boolean }>();
  const natsUrls = (natsUrl ?? 'nats://127.0.0.1:4222').split(',').map((url) => url.trim());
  return { category, id, natsUrls, nkeySeed: environment.nkeySeed, json, follow };
}

function parseCategory(text: string): Category {
  if (!isCategory(text)) throw new InvalidArgumentError(`the categories are ${names.join(', ')}.`);
  return text;
}
