import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { CliError } from '../cli.error';

export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

/** Asks a server once. Throws what the network says. */
export type Sender = (url: URL, sent: Sent) => Promise<Answer>;

/** Whom servers' certificates are believed from. */
export interface Trust {
  /** PEM file of authorities. */
  readonly caFile?: string;
  /** Any certificate will do. */
  readonly insecure?: boolean;
}

const timeoutMs = 60_000;

/** A sender over HTTP. Throws `CliError` for a file of authorities that cannot be read. */
export function httpSender({ caFile, insecure = false }: Trust): Sender {
  const ca = caFile === undefined ? undefined : authorities(caFile);
  const dispatcher = new Agent({
    keepAliveTimeout: 1_000,
    connect: { ...(ca !== undefined && { ca }), rejectUnauthorized: !insecure },
  });
  return async (url, sent) => {
    const response = await fetch(url, { ...sent, dispatcher, signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
}

function authorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the authorities in ${file} cannot be read: ${reasonOf(error)}`, 2, { cause: error });
  }
}

/** The reason behind a failed request, in words. */
export function reasonOf(error: unknown): string {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return reason instanceof Error ? reason.message || reason.name : String(reason);
}
