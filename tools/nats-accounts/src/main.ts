import { connectNats, ensureStreams } from '@hearth/event-store-nats';
import { readEnvironment } from './config';
import { makeAccounts } from './make-accounts';
import { type Options, parseOptions } from './options';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: Options): Promise<void> {
  if (options.command === 'streams') return makeStreams();
  const { serverFile, changed, made } = await makeAccounts(options);
  for (const name of made) say(`${name}: new key`);
  say(`${serverFile}: ${changed ? 'written; have nats-server read it again' : 'as it was'}`);
}

async function makeStreams(): Promise<void> {
  const { natsUrls, nkeySeed } = readEnvironment();
  const connection = await connectNats({ servers: natsUrls, name: 'hearth-nats-accounts', nkeySeed });
  try {
    await ensureStreams(connection);
    say('the streams and buckets are there');
  } finally {
    await connection.close();
  }
}

main(parseOptions(process.argv.slice(2))).catch((error: unknown) => {
  process.stderr.write(`nats-accounts: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
