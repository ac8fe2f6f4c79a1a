import { connectNats, ensureStreams } from '@hearth/event-store-nats';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnvironment } from './config';
import { makeAccounts, type MakeAccountsOptions, readSeed } from './make-accounts';
import { type Options, parseOptions } from './options';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** Milliseconds between attempts to reach a server that is away. */
const patienceMs = 1_000;

async function main(options: Options): Promise<void> {
  switch (options.command) {
    case 'streams':
      return makeStreams(readEnvironment().nkeySeed);
    case 'make':
      return make(options);
    case 'keep':
      return keep(options);
  }
}

async function make(options: MakeAccountsOptions): Promise<void> {
  const { serverFile, changed, made } = await makeAccounts(options);
  for (const name of made) say(`${name}: new key`);
  say(`${serverFile}: ${changed ? 'written; have nats-server read it again' : 'as it was'}`);
}

/** The server is started after its users are made, and the streams after that: this sees to both ends. */
async function keep(options: MakeAccountsOptions): Promise<void> {
  const ended = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort());
  await make(options);
  const seed = await readSeed(options.directory, 'operator');
  for (let isMade = false; !isMade && !ended.signal.aborted;) {
    isMade = await makeStreams(seed).then(
      () => true,
      (error: unknown) => {
        if (error instanceof StoreUnavailableError) return false;
        throw error;
      },
    );
    if (!isMade) await sleep(patienceMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  const stay = setInterval(() => undefined, 2 ** 30);
  if (!ended.signal.aborted) await new Promise((resolve) => ended.signal.addEventListener('abort', resolve));
  clearInterval(stay);
}

async function makeStreams(nkeySeed: string | undefined): Promise<void> {
  const { natsUrls } = readEnvironment();
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
