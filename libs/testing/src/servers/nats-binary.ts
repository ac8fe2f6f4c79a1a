import { join } from 'node:path';
import { extractDebianPackage, installDebianPackage } from './debian-packages';
import { findProgram, isExecutable } from './find-program';
import { runProgram } from './run-program';
import { isRoot } from './unix-user';

/** Where a nats-server may come from. */
export interface NatsBinaryOptions {
  /** This program and no other. */
  readonly binary?: string;
  /** Where a private copy of Debian's package may be unpacked and kept. Left out: not tried. */
  readonly cacheDir?: string;
  readonly log?: (line: string) => void;
}

/** A nats-server program and its version, such as 2.9.10. */
export interface NatsBinary {
  readonly path: string;
  readonly version: string;
}

/**
 * Finds nats-server: the given path, PATH and the system's directories, a private copy made before, Debian's package
 * (installed as root, else unpacked privately). No npm package carries the program. Else one error that names the ways.
 */
export async function findNats(options: NatsBinaryOptions = {}): Promise<NatsBinary> {
  const path = options.binary ?? (await findProgram('nats-server')) ?? (await fetchNats(options));
  return { path, version: await readVersion(path) };
}

/** Whether this version knows `sync_interval: always`, that is, can store to disk before it acknowledges (2.10 and later). */
export function canSyncAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}

async function fetchNats({ cacheDir, log = () => undefined }: NatsBinaryOptions): Promise<string> {
  const causes: unknown[] = [];
  const unpacked = cacheDir && join(cacheDir, 'nats-server/usr/sbin/nats-server');
  if (unpacked && (await isExecutable(unpacked))) return unpacked;
  if (isRoot()) {
    log('nats-server is not on this machine: installing the Debian package');
    await installDebianPackage('nats-server').catch((error) => causes.push(error));
    const installed = await findProgram('nats-server');
    if (installed) return installed;
  }
  if (unpacked) {
    log('nats-server is not on this machine: unpacking the Debian package privately');
    await extractDebianPackage('nats-server', { cacheDir }).catch((error) => causes.push(error));
    if (await isExecutable(unpacked)) return unpacked;
  }
  throw new Error(
    'no nats-server was found and none could be fetched. Do one of three things: ' +
      'install it (Debian: apt-get install nats-server), put the program of a release (2.9 or later) on the PATH, ' +
      'or start a server with JetStream yourself and name its URL in the configuration',
    { cause: new AggregateError(causes, causes.map((cause) => (cause as Error).message).join('; ')) },
  );
}

const versions = new Map<string, string>();

async function readVersion(path: string): Promise<string> {
  const known = versions.get(path);
  if (known) return known;
  const said = await runProgram([path, '--version'], { timeoutMs: 10_000 }).catch((cause) => {
    throw new Error(`'${path}' is not a nats-server that runs on this machine`, { cause });
  });
  const version = /v?(\d+\.\d+\.\d+)/.exec(said)?.[1];
  if (!version) throw new Error(`'${path} --version' does not name a version: ${said.trim()}`);
  versions.set(path, version);
  return version;
}
