import type { CacheSettings } from '@hearth/contracts';
import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import { migrate } from '@hearth/read-model';
import { resolve } from 'node:path';
import { exitCodeOf, failureText, untilInterrupted } from '../../dev-stack/src/failure-text';
import { startStackServers, type StackServers } from '../../dev-stack/src/servers/stack-servers';
import { hostPools } from '../../dev-stack/src/stack/app-plan';
import { bringUp } from '../../dev-stack/src/stack/bring-up';
import { readEnvironment } from '../../dev-stack/src/config';
import { openrcFile } from '../../dev-stack/src/stack/client-config';
import { readRecord } from '../../dev-stack/src/stack/stack-record';
import { takeDown } from '../../dev-stack/src/stack/take-down';
import { readSeed } from '../../nats-accounts/src/make-accounts';
import { envAtRest, envOfAtRest } from './at-rest';
import { dayMs, writeDay, type WrittenDay } from './day/write-day';
import { summaryLines } from './day/summary';
import { asRecorded } from './play/as-recorded';
import { projectLog } from './play/project-log';
import { type Options, parseOptions } from './options';

/** The checkout, seen from the bundle below dist/tools/day-of-load/src. */
const root = resolve(__dirname, '../../../..');
const hosts = hostPools(1);
const { host, pools } = hosts[0]!;
const pool = pools[0]!;
const projectionTimeoutMs = 1_800_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: Options): Promise<void> {
  const { stateDir, sizeGib } = options;
  if (await readRecord(stateDir)) throw new Error(`${stateDir} holds a stack already; name a directory that is new`);
  const signal = untilInterrupted();
  const { inherited } = readEnvironment();
  const ports = { nats: -1, postgres: -1, imageService: -1 };
  const servers = await startStackServers({ root, stateDir, hosts, ports, detached: true, log: say });
  try {
    const written = await write(servers, options);
    signal.throwIfAborted();
    // The apps come after the day: what the host says of itself now is to come after what was recorded then.
    const { record } = await bringUp({
      ...{ root, stateDir, inherited, signal, log: say, anyPorts: true },
      settings: {
        backendOptions: { image_volume_cache_max_size_gb: sizeGib, image_volume_cache_policy: options.policy },
        env: envAtRest,
        envOf: envOfAtRest,
      },
    });
    for (const line of summaryLines(written.creates, {
      pool,
      startMs: options.startMs,
      endMs: options.startMs + dayMs,
    }))
      say(line);
    say(`\nThe stack is up: ${record.apiUrl}. \`source ${openrcFile(stateDir)}\` tells \`npx hearth\` where it is.`);
  } catch (error) {
    await takeDown(stateDir);
    throw error;
  }
}

/** As the host would: it is the one who may write of its pools, and of the volumes in them. */
async function write(
  { natsUrl, natsAccounts = '', databaseUrl }: StackServers,
  { startMs, seed, creates, images, sizeGib, policy }: Options,
): Promise<WrittenDay> {
  const nkeySeed = await readSeed(natsAccounts, `volume-manager-${host}`);
  const connection = await connectNats({ servers: [natsUrl], name: 'hearth-day-of-load', nkeySeed });
  try {
    const store = await JetStreamEventStore.open(connection);
    if ((await store.lastSequence()) > 0) throw new Error('its log is not empty; name a directory that is new');
    const settings: CacheSettings = { state: 'enabled', reason: null, maxSizeGib: sizeGib, maxCount: 0, policy };
    const written = await writeDay(store, { startMs, seed, creates, images, pool, settings });
    say(`${written.commits} commits tell of the day`);
    const database = { url: databaseUrl, applicationName: 'hearth-day-of-load' };
    await migrate(database);
    await projectLog(asRecorded(store), database, { timeoutMs: projectionTimeoutMs, log: say });
    return written;
  } finally {
    await connection.close();
  }
}

main(parseOptions(process.argv.slice(2), Date.now())).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`day-of-load: ${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
