import { StoreUnavailableError } from '@hearth/event-sourcing';
import { connectNats, JetStreamEventStore, JetStreamLogTail, NatsAccessError } from '@hearth/event-store-nats';
import { ReadModelUnavailableError } from '@hearth/read-model';
import { CliError } from '../cli.error';

/** Where the log and the tables are: these commands ask no api, which is a party to what they look into. */
export interface LogPlaces {
  readonly databaseUrl: string | undefined;
  /** One or more, separated by commas. */
  readonly natsUrl: string | undefined;
  readonly nkeySeed: string | undefined;
}

export interface LogAccess {
  readonly store: JetStreamEventStore;
  readonly tail: JetStreamLogTail;
  readonly database: { readonly url: string; readonly applicationName: string };
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs `work` with both at hand. Throws `CliError`, with code 5 where one of them cannot be reached. */
export async function withLog<Result>(
  places: LogPlaces,
  work: (access: LogAccess) => Promise<Result>,
): Promise<Result> {
  const { databaseUrl, natsUrl, nkeySeed } = places;
  if (!databaseUrl) throw new CliError('no database: set HEARTH_DATABASE_URL or give --database-url', 2);
  if (!natsUrl) throw new CliError('no NATS: set HEARTH_NATS_URL or give --nats-url', 2);
  const stopped = new AbortController();
  const stop = () => stopped.abort(new CliError('stopped: everything is as it was', 1));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  try {
    const servers = natsUrl.split(',').map((url) => url.trim());
    const connection = await connectNats({ servers, name: 'hearth-log', nkeySeed });
    try {
      return await work({
        store: await JetStreamEventStore.open(connection),
        tail: await JetStreamLogTail.open(connection, 10_000),
        database: { url: databaseUrl, applicationName: 'hearth-log' },
        signal: stopped.signal,
      });
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw cliErrorOf(error);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, stop);
  }
}

/** Codes of PostgreSQL's connection and of the network under it. */
const awayCodes = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|08|57P0)/;

function cliErrorOf(error: unknown): unknown {
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const isAway =
    error instanceof StoreUnavailableError ||
    error instanceof NatsAccessError ||
    error instanceof ReadModelUnavailableError ||
    (typeof code === 'string' && awayCodes.test(code));
  return new CliError(error.message || String(code), isAway ? 5 : 1, { cause: error });
}
