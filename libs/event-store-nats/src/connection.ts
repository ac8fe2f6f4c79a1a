import { readFile } from 'node:fs/promises';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { connect, credsAuthenticator, Events, nkeyAuthenticator, type Authenticator, type NatsConnection } from 'nats';

/** How to reach the broker. */
export interface NatsOptions {
  readonly servers: readonly string[];
  /** Shown in the server's own lists and logs: the app and its host. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Content of a credentials file (JWT and seed). */
  readonly creds?: string;
  /** Path of a file with an nkey seed. */
  readonly nkeySeedFile?: string;
  /** Paths of PEM files; TLS is used where one is given or the server asks for it. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** Prefix of the inboxes, where permissions give each host its own. */
  readonly inboxPrefix?: string;
  /** One line for each change of the connection. */
  readonly log?: (level: 'info' | 'warn', line: string) => void;
  /** False: a broker that is away at the start is waited for, for ever. Default: the first connection has to succeed. */
  readonly failFast?: boolean;
}

/** Milliseconds between attempts to connect again, and between pings; after two unanswered pings the connection counts as lost. */
const reconnectWaitMs = 250;
const pingIntervalMs = 5_000;

/** Connects, and from then on connects again for ever. Throws `StoreUnavailableError` naming the servers. */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const { servers, name, user, password, token, tls, inboxPrefix, failFast = true } = options;
  try {
    const connection = await connect({
      servers: [...servers],
      name,
      user,
      pass: password,
      token,
      authenticator: await authenticatorOf(options),
      tls: tls && { ...tls },
      ...(inboxPrefix && { inboxPrefix }),
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      reconnectJitter: reconnectWaitMs / 2,
      pingInterval: pingIntervalMs,
      maxPingOut: 2,
      waitOnFirstConnect: !failFast,
    });
    reportChanges(connection, options);
    return connection;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnavailableError(`cannot connect to NATS at ${servers.map(withoutSecret).join(', ')}: ${why}`, {
      cause,
    });
  }
}

/** A URL may carry a password; a message must not. */
function withoutSecret(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

async function authenticatorOf({ creds, nkeySeedFile }: NatsOptions): Promise<Authenticator | undefined> {
  if (creds) return credsAuthenticator(new TextEncoder().encode(creds));
  if (nkeySeedFile) return nkeyAuthenticator(new TextEncoder().encode((await readFile(nkeySeedFile, 'utf8')).trim()));
  return undefined;
}

function reportChanges(connection: NatsConnection, { log = () => undefined }: NatsOptions): void {
  log('info', `connected to NATS ${connection.info?.version ?? ''} at ${connection.getServer()}`);
  void (async () => {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect)
        log('warn', `lost the connection to NATS at ${textOf(data)}; connecting again until it answers`);
      if (type === Events.Reconnect) log('info', `connected to NATS at ${textOf(data)} again`);
      if (type === Events.LDM) log('warn', `the NATS server at ${connection.getServer()} is about to shut down`);
      if (type === Events.Error) log('warn', `NATS reports an error: ${textOf(data)}`);
    }
  })();
  void connection.closed().then((error) => {
    if (error) log('warn', `the connection to NATS is closed for good: ${error.message}; restart this process`);
  });
}

/** Most changes carry a text; a change of the cluster's members an object. */
function textOf(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data);
}
