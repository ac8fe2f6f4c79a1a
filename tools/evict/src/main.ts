import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { readEnvironment } from './config';
import { evictCopy, parseCopies } from './evict-copies';

const usage = `Takes cached copies out of service whose bytes are not to be believed. Reads which from its input, one a line:
  echo 'store-01@file#default 7' | node tools/run.mjs evict/src/main.ts

The log is at HEARTH_NATS_URL, where HEARTH_NATS_NKEY_SEED_FILE says who asks.
Exit codes: 0 none of them serves any more; 1 the log has no such copy that could be evicted, or cannot be reached; 2 usage.
`;

async function main(): Promise<number> {
  if (process.argv.length > 2 || process.stdin.isTTY) {
    process.stderr.write(usage);
    return 2;
  }
  const copies = parseCopies(await text(process.stdin));
  const connection = await connectNats({ ...readEnvironment(), name: 'hearth-evict' });
  try {
    const store = await JetStreamEventStore.open(connection);
    const environment = { store, now: () => new Date().toISOString(), newId: randomUUID };
    let code = 0;
    for (const copy of copies) {
      const outcome = await evictCopy(environment, copy);
      process.stdout.write(`${copy.pool} ${copy.generation}: ${outcome}\n`);
      if (outcome === 'unknown') code = 1;
    }
    return code;
  } finally {
    await connection.close();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`evict: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
