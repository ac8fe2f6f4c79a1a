import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import { clientConfig, connectTimeoutDefaultMs, type ReadModelOptions } from './connection';
import { isUnavailable, ReadModelUnavailableError } from './read-model-unavailable.error';

/** A query whose text never changes: prepared once on each connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Names a statement by its text, so that the same text is prepared once. */
export function statement(text: string): Statement {
  return { name: `q${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

/** Runs statements, all on one connection or each on whichever is free. */
export interface Queries {
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

/** Reads and small writes of the api. Every method throws `ReadModelUnavailableError` when PostgreSQL is away. */
export class Database implements Queries {
  private readonly pool: Pool;

  constructor(options: ReadModelOptions) {
    const { connectionsMax = 10, statementTimeoutMs = 5_000, connectTimeoutMs = connectTimeoutDefaultMs } = options;
    this.pool = new Pool({
      ...clientConfig(options, { statement_timeout: String(statementTimeoutMs) }),
      max: connectionsMax,
      // The pool counts the wait for a free connection too: a burst must not look like a server that is away.
      connectionTimeoutMillis: connectTimeoutMs + statementTimeoutMs,
      idleTimeoutMillis: 60_000,
      // The server ends a slow statement itself; this one is for a server that has vanished without a word.
      query_timeout: statementTimeoutMs + 1_000,
    });
    // An idle connection was lost: the pool replaces it at the next query, which reports what is wrong.
    this.pool.on('error', () => undefined);
  }

  async query<Row extends object>({ name, text }: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return reported('a query failed', async () => {
      const { rows } = await this.pool.query<Row>({ name, text, values: [...values] });
      return rows;
    });
  }

  /** All statements of `work` take effect, or none when it throws. */
  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const client = await reported('no connection', () => this.pool.connect());
    const queries: Queries = {
      query: <Row extends object>({ name, text }: Statement, values: readonly unknown[] = []) =>
        reported('a query failed', async () => (await client.query<Row>({ name, text, values: [...values] })).rows),
    };
    let ended = false;
    try {
      await queries.query(beginStatement);
      const result = await work(queries);
      await queries.query(commitStatement);
      ended = true;
      return result;
    } finally {
      if (!ended) ended = await client.query('rollback').then(always, never);
      // A connection that could not be brought back to order is closed.
      client.release(!ended);
    }
  }

  /** Throws `ReadModelUnavailableError` unless PostgreSQL answers: for health checks. */
  async ping(): Promise<void> {
    await this.query(pingStatement);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

const beginStatement: Statement = { name: '', text: 'begin' };
const commitStatement: Statement = { name: '', text: 'commit' };
const always = () => true;
const never = () => false;

async function reported<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? new ReadModelUnavailableError(what, error) : error;
  }
}

const pingStatement = statement('select 1 as one');
