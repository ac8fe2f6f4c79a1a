import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { clientConfig, type ReadModelOptions } from './connection';

/** Longest silence of PostgreSQL within one statement before the connection counts as lost. */
export const silenceMaxMs = 30_000;

/**
 * A connection of its own for as long as `work` runs. `lost` is aborted when the connection breaks meanwhile. The server is
 * told to notice within seconds that this process is gone, because locks go with the connection.
 */
export async function withSession<Result>(
  options: ReadModelOptions,
  settings: Readonly<Record<string, string>>,
  work: (client: Client, lost: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    ...clientConfig(options, {
      tcp_keepalives_idle: '5',
      tcp_keepalives_interval: '2',
      tcp_keepalives_count: '3',
      client_connection_check_interval: '2000',
      ...settings,
    }),
    query_timeout: silenceMaxMs,
  });
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('the connection to PostgreSQL has ended')));
  try {
    await client.connect();
    return await work(client, lost.signal);
  } finally {
    // What ends a connection that is already gone is of no interest.
    await client.end().catch(() => undefined);
  }
}

export interface PersistOptions {
  readonly signal: AbortSignal;
  readonly onFailure?: (error: unknown, retryInMs: number) => void;
}

/** The longest pause between two attempts: what was away for long is noticed soon after it is back. */
const pauseMaxMs = 2_000;
const pauseMinMs = 50;

/** Runs `work` again and again until the signal, with growing pauses while it fails. `work` calls `succeeded` once it gets on. */
export async function persist(
  { signal, onFailure }: PersistOptions,
  work: (succeeded: () => void) => Promise<void>,
): Promise<void> {
  let pauseMs = pauseMinMs;
  const succeeded = () => {
    pauseMs = pauseMinMs;
  };
  while (!signal.aborted) {
    try {
      await work(succeeded);
    } catch (error) {
      if (signal.aborted) return;
      onFailure?.(error, pauseMs);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  }
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
