import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join, relative } from 'node:path';
import { findLaunched, launch, type Launched } from './launch';
import { canSyncAlways, findNats, type NatsBinary, type NatsBinaryOptions } from './nats-binary';
import { choosePort } from './ports';

/** How to start a nats-server with JetStream. */
export interface NatsOptions extends NatsBinaryOptions {
  /** Configuration, log, process identity and JetStream's store; kept over restarts. */
  readonly dataDir: string;
  /** Left out or -1: any free port, chosen by the server itself (safe with many servers starting at once). */
  readonly port?: number;
  readonly whenTaken?: 'avoid' | 'refuse';
  /** Address to listen on; the loopback address unless told. */
  readonly host?: string;
  /** True: survives us, for `stack up`. */
  readonly detached?: boolean;
  /** `auto`: acknowledge only what is on disk, where the server can (2.10 and later). `never`: for throw-away servers. */
  readonly syncAlways?: 'auto' | 'never';
  readonly maxPayloadBytes?: number;
  /** A file with an `authorization` block: who may come, and do what. Left out: anybody, everything. */
  readonly usersFile?: string;
  readonly readyTimeoutMs?: number;
}

/** A running nats-server. */
export interface RunningNats extends Launched {
  readonly url: string;
  readonly port: number;
  readonly version: string;
  /** Whether it stores to disk before it acknowledges. */
  readonly syncsAlways: boolean;
}

interface NatsNotes extends Record<string, string | number> {
  url: string;
  port: number;
  version: string;
  syncsAlways: number;
}

const processName = 'nats-server';

/** Starts a nats-server with JetStream and waits until it greets. Throws when one already runs from this directory. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const { dataDir, host = '127.0.0.1', log } = options;
  const binary = await findNats(options);
  await mkdir(dataDir, { recursive: true });
  const wantsAny = options.port === undefined || options.port === -1;
  const port = wantsAny ? -1 : await choosePort({ ...options, host, what: processName, log });
  const syncsAlways = (options.syncAlways ?? 'auto') === 'auto' && canSyncAlways(binary.version);
  const serverName = await nameOf(dataDir);
  const portsDir = join(dataDir, 'ports');
  await rm(portsDir, { recursive: true, force: true });
  await mkdir(portsDir);
  const configuration = join(dataDir, 'nats.conf');
  const { usersFile, maxPayloadBytes = 2 * 1024 * 1024 } = options;
  await writeFile(
    configuration,
    natsConfiguration({ serverName, host, port, dataDir, syncsAlways, maxPayloadBytes, usersFile }),
  );
  const launched = await launch<NatsNotes>({
    name: processName,
    argv: [binary.path, '--config', configuration, '--ports_file_dir', portsDir],
    directory: dataDir,
    detached: options.detached,
    readyTimeoutMs: options.readyTimeoutMs,
    ready: async (pid) => {
      const known = port === -1 ? await readPort(portsDir, binary, pid) : port;
      const greeting = await readGreeting(host, known);
      if (greeting.server_name !== serverName) throw new Error(`port ${known} belongs to another server`);
      if (!greeting.jetstream) throw new Error('JetStream is not up yet');
      return {
        url: `nats://${reachable(host)}:${known}`,
        port: known,
        version: greeting.version,
        syncsAlways: Number(syncsAlways),
      };
    },
  });
  return runningNats(launched);
}

/** The server that was started with this directory and still runs. */
export async function findRunningNats(dataDir: string): Promise<RunningNats | undefined> {
  const launched = await findLaunched<NatsNotes>(dataDir, processName);
  return launched?.notes.url ? runningNats(launched) : undefined;
}

function runningNats(launched: Launched<NatsNotes>): RunningNats {
  const { url, port, version, syncsAlways } = launched.notes;
  return { ...launched, url, port, version, syncsAlways: syncsAlways === 1 };
}

interface Configuration {
  serverName: string;
  host: string;
  port: number;
  dataDir: string;
  syncsAlways: boolean;
  maxPayloadBytes: number;
  usersFile: string | undefined;
}

function natsConfiguration(configuration: Configuration): string {
  const { serverName, host, port, dataDir, syncsAlways, maxPayloadBytes, usersFile } = configuration;
  return [
    `server_name: ${JSON.stringify(serverName)}`,
    `listen: ${JSON.stringify(`${host}:${port}`)}`,
    `max_payload: ${maxPayloadBytes}`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(dataDir)}`,
    // Versions before 2.10 refuse the field.
    ...(syncsAlways ? ['  sync_interval: always'] : []),
    '}',
    // The server takes every path for one that counts from its own file's folder.
    ...(usersFile ? [`include ${JSON.stringify(relative(dataDir, usersFile))}`] : []),
    '',
  ].join('\n');
}

/** The same for the same directory, so that a greeting tells our server from another one on that port. */
async function nameOf(dataDir: string): Promise<string> {
  return `hearth-${createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 12)}`;
}

/** The server writes the ports it was given into `<program>_<pid>.ports`. */
async function readPort(portsDir: string, binary: NatsBinary, pid: number): Promise<number> {
  const text = await readFile(join(portsDir, `${basename(binary.path)}_${pid}.ports`), 'utf8');
  const { nats } = JSON.parse(text) as { nats: string[] };
  return Number(new URL(nats[0]!).port);
}

interface Greeting {
  server_name: string;
  version: string;
  jetstream?: boolean;
}

/** A nats-server speaks first: one line, `INFO {…}`. */
function readGreeting(host: string, port: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: reachable(host), port });
    let text = '';
    socket.setTimeout(2_000, () => socket.destroy(new Error('no greeting within 2000 ms')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection ended before the greeting')));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const line = /^INFO (\{.*\})\s*\r\n/.exec(text);
      if (!line) return;
      resolve(JSON.parse(line[1]!) as Greeting);
      socket.destroy();
    });
  });
}

/** An address to listen on is not always one to connect to. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);
