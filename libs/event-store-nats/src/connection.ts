import { inboxPrefixOf } from '@hearth/contracts';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import {
  connect,
  credsAuthenticator,
  ErrorCode,
  Events,
  nkeyAuthenticator,
  nkeys,
  type Authenticator,
  type NatsConnection,
  NatsError,
  type Status,
} from 'nats';

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
  /** Seed of the user's nkey, `SU…`. It stays here: the server sees its public key and a signature. */
  readonly nkeySeed?: string;
  /** Paths of PEM files; TLS is used where one is given or the server asks for it. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** Prefix of the inboxes, where permissions give each user its own. Default: that of the nkey (`inboxPrefixOf`), if there is one. */
  readonly inboxPrefix?: string;
  /** One line for each change of the connection. */
  readonly log?: (level: 'info' | 'warn', line: string) => void;
  /** False: a broker that is away at the start is waited for, for ever. Default: the first connection has to succeed. */
  readonly failFast?: boolean;
}

/** Milliseconds between attempts to connect again, and between pings; after two unanswered pings the connection counts as lost. */
const reconnectWaitMs = 250;
const pingIntervalMs = 5_000;

/** The server knows nobody with these credentials: to try again does not help. */
export class NatsAccessError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NatsAccessError';
  }
}

/**
 * Connects, and from then on connects again for ever. Throws `StoreUnavailableError` naming the servers, or `NatsAccessError` where
 * the seed is none or they do not accept who comes.
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const { servers, name, user, password, token, tls, failFast = true } = options;
  const publicKey = publicKeyOf(options);
  const inboxPrefix = options.inboxPrefix ?? (publicKey && inboxPrefixOf(publicKey));
  try {
    const connection = await connect({
      servers: [...servers],
      name,
      user,
      pass: password,
      token,
      authenticator: authenticatorOf(options),
      tls: tls && { ...tls },
      ...(inboxPrefix && { inboxPrefix }),
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      reconnectJitter: reconnectWaitMs / 2,
      pingInterval: pingIntervalMs,
      maxPingOut: 2,
      waitOnFirstConnect: !failFast,
      // Every request would note where it was made, at a tenth of its cost; what fails is named by whoever asked.
      noAsyncTraces: true,
    });
    reportChanges(connection, options);
    return connection;
  } catch (cause) {
    if (cause instanceof NatsError && cause.code === ErrorCode.AuthorizationViolation)
      throw new NatsAccessError(refusal(servers, publicKey ?? user), { cause });
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

function refusal(servers: readonly string[], who: string | undefined): string {
  const whom = who === undefined ? 'anybody without credentials' : who;
  return `NATS at ${servers.map(withoutSecret).join(', ')} does not accept ${whom}: its configuration lists no such user`;
}

function publicKeyOf({ nkeySeed }: NatsOptions): string | undefined {
  if (nkeySeed === undefined) return undefined;
  try {
    return (nkeys as { fromSeed(seed: Uint8Array): { getPublicKey(): string } })
      .fromSeed(new TextEncoder().encode(nkeySeed))
      .getPublicKey();
  } catch {
    // Without the cause: it might show what was given.
    throw new NatsAccessError('the nkey seed for NATS is none: a seed begins with SU and has 58 characters');
  }
}

function authenticatorOf({ creds, nkeySeed }: NatsOptions): Authenticator | undefined {
  if (creds) return credsAuthenticator(new TextEncoder().encode(creds));
  if (nkeySeed) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  return undefined;
}

function reportChanges(connection: NatsConnection, { log = () => undefined }: NatsOptions): void {
  log('info', `connected to NATS ${connection.info?.version ?? ''} at ${connection.getServer()}`);
  void (async () => {
    for await (const status of connection.status()) {
      const { type, data } = status;
      if (type === Events.Disconnect)
        log('warn', `lost the connection to NATS at ${textOf(data)}; connecting again until it answers`);
      if (type === Events.Reconnect) log('info', `connected to NATS at ${textOf(data)} again`);
      if (type === Events.LDM) log('warn', `the NATS server at ${connection.getServer()} is about to shut down`);
      if (type === Events.Error) log('warn', `NATS reports an error: ${textOf(data)}${deniedSubject(status)}`);
    }
  })();
  void connection.closed().then((error) => {
    if (error) log('warn', `the connection to NATS is closed for good: ${error.message}; restart this process`);
  });
}

/** What was denied, where permissions did it. */
function deniedSubject({ permissionContext }: Status): string {
  return permissionContext ? ` (${permissionContext.operation} ${permissionContext.subject})` : '';
}

/** Most changes carry a text; a change of the cluster's members an object. */
function textOf(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data);
}
