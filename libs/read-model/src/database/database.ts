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

/** Reads and small writes of the api. Every method throws `ReadModelUnavailableError` when PostgreSQL is away. */
export class Database {
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
    try {
      const { rows } = await this.pool.query<Row>({ name, text, values: [...values] });
      return rows;
    } catch (error) {
      throw isUnavailable(error) ? new ReadModelUnavailableError('a query failed', error) : error;
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

const pingStatement = statement('select 1 as one');
