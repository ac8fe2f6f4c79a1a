import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import { migrate, rebuildFacts, type RebuildReport } from '@hearth/read-model';
import { readEnvironment } from './config';
import { parseOptions, type Options } from './options';
import { progressBar } from './progress';
import { describeReport, isDifferent } from './report';

async function rebuild(options: Options, signal: AbortSignal): Promise<RebuildReport> {
  const connection = await connectNats({
    servers: options.natsUrls,
    name: 'hearth-rebuild',
    nkeySeed: options.nkeySeed,
  });
  const bar = progressBar();
  try {
    const database = { url: options.databaseUrl, applicationName: 'hearth-rebuild' };
    await migrate(database);
    return await rebuildFacts({
      store: await JetStreamEventStore.open(connection),
      database,
      compareOnly: options.compareOnly,
      swapDespiteDifferences: options.yes,
      signal,
      onProgress: options.json ? undefined : (progress) => bar.show(progress),
    });
  } finally {
    bar.end();
    await connection.close();
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), readEnvironment());
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stopped.abort(new Error(`stopped by ${name}: the live tables are as they were`)));
  }
  const report = await rebuild(options, stopped.signal);
  process.stdout.write(`${options.json ? JSON.stringify(report) : describeReport(report)}\n`);
  process.exitCode = isDifferent(report) ? 1 : 0;
}

main().catch((error: unknown) => {
  process.stderr.write(`the rebuild failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
