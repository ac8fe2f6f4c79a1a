import type { Commit } from '@hearth/event-sourcing';
import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import { commitText } from './commit-text';
import { readEnvironment } from './config';
import { type Options, parseOptions } from './options';

async function printStream(options: Options, signal: AbortSignal): Promise<number> {
  const { category, id, natsUrls, nkeySeed, follow } = options;
  const connection = await connectNats({ servers: natsUrls, name: 'hearth-stream', nkeySeed });
  let printed = 0;
  try {
    const store = await JetStreamEventStore.open(connection);
    const print = (commit: Commit) => {
      printed++;
      process.stdout.write(`${options.json ? JSON.stringify(commit) : `${commitText(commit)}\n`}\n`);
    };
    if (follow) {
      for await (const { commits } of store.follow({ stream: { category, id }, afterSequence: 0, signal })) {
        commits.forEach(print);
      }
    } else {
      for await (const commit of store.read({ category, id })) print(commit);
    }
  } finally {
    await connection.close();
  }
  return printed;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), readEnvironment());
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopped.abort());
  const printed = await printStream(options, stopped.signal);
  if (printed > 0 || options.follow) return;
  process.stderr.write(`stream: there is no fact about ${options.category} ${options.id}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`stream: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
