import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DriverError, type RunProgram } from '@hearth/driver-api';
import { ProgramError } from '../run-program';
import type { ConnectionRecords } from './connection-records';
import type { NbdConfig } from './file.config';
import { ifThere, statIfThere } from './object-files';
import { isSystemError } from './file.errors';

/** What is served: the files of an object, and whether clients may write. */
export interface NbdExport {
  /** The object's name; clients ask for the export by it. */
  readonly name: string;
  readonly readOnly: boolean;
}

export interface NbdImage {
  readonly path: string;
  /** The raw file under an overlay; the object is raw where there is none. */
  readonly base: string | undefined;
}

export type NbdAddress = { readonly uri: string; readonly export: string } & (
  | { readonly transport: 'unix'; readonly socket: string }
  | { readonly transport: 'tcp'; readonly host: string; readonly port: number }
);

/** What is left of an export, whether it is served or not. */
export interface NbdTrace extends NbdExport {
  /** Processes that were started for it, as a look at all of them showed. */
  readonly pids: readonly number[];
}

export interface EnsureOptions {
  /** Whether clients are told where it is: else it is served where they were told before, or not at all. */
  readonly mayMove: boolean;
  /** See `NbdTrace`; they are looked for unless told. */
  readonly pids?: readonly number[] | undefined;
}

/** Where the ports are kept that clients were told. */
type Ports = Pick<ConnectionRecords, 'portsOf' | 'promisePort' | 'allPorts'>;

/** What the system allows for the path of a socket. */
const socketPathBytesMax = 107;
const longestKey = `volume-${'x'.repeat(36)}.rw`;
const stopWithinMs = 5_000;
const pollMs = 20;

/**
 * The `qemu-nbd` processes of one pool: one for each object and mode, in a session of its own, so that it serves on while the
 * volume-manager is restarted. What is known of them is kept nowhere but in the system: a process is ours when it runs with the path of our
 * pid file among its arguments; whoever comes later finds it by that. Only the ports that clients were told are kept with the volumes.
 */
export class NbdServers {
  private constructor(
    private readonly directory: string,
    private readonly config: NbdConfig,
    private readonly ports: Ports,
    private readonly run: RunProgram,
  ) {}

  /** `pool` tells the servers of one pool from those of others that share `runDirectory`. Throws `misconfigured`. */
  static async open(config: NbdConfig, pool: string, ports: Ports, run: RunProgram): Promise<NbdServers> {
    const directory = join(config.runDirectory, createHash('sha256').update(pool).digest('hex').slice(0, 12));
    const longest = Buffer.byteLength(join(directory, `${longestKey}.sock`));
    if (longest > socketPathBytesMax) {
      const tooLong = longest - socketPathBytesMax;
      throw new DriverError(
        'misconfigured',
        `nbd.runDirectory ${config.runDirectory} is ${tooLong} bytes too long for the paths of sockets`,
      );
    }
    await run(['qemu-nbd', '--version']).catch((cause: Error) => {
      const message = `connection 'nbd' needs qemu-nbd (Debian package qemu-utils): ${cause.message}`;
      throw new DriverError('misconfigured', message, { cause });
    });
    await mkdir(directory, { recursive: true, mode: 0o750 });
    return new NbdServers(directory, config, ports, run);
  }

  /** The server of this export, started when it does not run. An open server is left alone: it has the files that it was started with. */
  async ensure(served: NbdExport, image: NbdImage, options: EnsureOptions): Promise<NbdAddress> {
    return (await this.#running(served)) ?? this.#start(served, image, options);
  }

  /** After it, no server of the export runs, and nothing is left of it. What clients had been told is written is in the file. */
  async stop(served: NbdExport, pids?: readonly number[]): Promise<void> {
    const mark = this.#pidArgument(served);
    for (const pid of pids ?? (await pidsOf(mark))) await endProcess(pid, mark);
    for (const what of ['pid', 'sock'] as const) await rm(this.#path(served, what), { force: true });
  }

  /** Every export of which anything is left: a process, or files. */
  async traces(): Promise<readonly NbdTrace[]> {
    const found = new Map<string, NbdExport & { readonly pids: number[] }>();
    const see = (file: string, ...pids: number[]) => {
      const [, name, mode] = /^(volume-.+)\.(rw|ro)\.(?:pid|sock)$/.exec(file) ?? [];
      if (!name) return;
      const known = found.get(`${name}.${mode}`) ?? { name, readOnly: mode === 'ro', pids: [] };
      found.set(`${name}.${mode}`, { ...known, pids: [...known.pids, ...pids] });
    };
    for (const file of await readdir(this.directory)) see(file);
    const ours = `--pid-file=${this.directory}/`;
    for await (const { pid, args } of servers()) {
      const mark = args.find((arg) => arg.startsWith(ours));
      if (mark) see(mark.slice(ours.length), pid);
    }
    return [...found.values()];
  }

  async #running(served: NbdExport): Promise<NbdAddress | undefined> {
    const pid = Number(await ifThere(readFile(this.#path(served, 'pid'), 'utf8')));
    const args = Number.isSafeInteger(pid) && pid > 0 ? await argumentsOf(pid) : undefined;
    if (!args?.includes(this.#pidArgument(served))) return undefined;
    if (this.config.transport === 'unix') {
      return (await statIfThere(this.#path(served, 'sock'))) ? this.#unixAddress(served) : undefined;
    }
    const port = Number(args.find((arg) => arg.startsWith('--port='))?.slice('--port='.length));
    const isWhereItShouldBe = args.includes(`--bind=${this.config.host}`) && port > 0;
    if (!isWhereItShouldBe) return undefined;
    await this.ports.promisePort(served.name, { port, readOnly: served.readOnly });
    return this.#tcpAddress(served, port);
  }

  async #start(served: NbdExport, image: NbdImage, { mayMove, pids }: EnsureOptions): Promise<NbdAddress> {
    // A process whose pid file is gone, or which was being started when its starter died, is of no use to anybody.
    await this.stop(served, pids);
    if (this.config.transport === 'tcp') return this.#startByTcp(served, image, mayMove);
    const socket = this.#path(served, 'sock');
    if (Buffer.byteLength(socket) > socketPathBytesMax) {
      throw new DriverError('failed', `${served.name} has a name too long for a socket`, { object: served.name });
    }
    await this.#launch(served, image, [`--socket=${socket}`]);
    return this.#unixAddress(served);
  }

  async #startByTcp(served: NbdExport, image: NbdImage, mayMove: boolean): Promise<NbdAddress> {
    const { name, readOnly } = served;
    const { host, portFirst, portLast } = this.config;
    const promised = (await this.ports.portsOf(name))
      .filter((one) => one.readOnly === readOnly && one.port >= portFirst && one.port <= portLast)
      .map(({ port }) => port);
    const isBound = promised.length > 0 && !mayMove;
    for (const port of isBound ? promised : await this.#portsToTry(served, promised)) {
      // Stored first: after a crash, of the host even, clients find the next server where this one was.
      if (!isBound) await this.ports.promisePort(name, { port, readOnly });
      try {
        await this.#launch(served, image, [`--bind=${host}`, `--port=${port}`]);
        return this.#tcpAddress(served, port);
      } catch (error) {
        if (!(error instanceof ProgramError) || !/Address already in use/.test(error.stderr)) throw error;
      }
    }
    await this.stop(served, []);
    const which = isBound
      ? `port ${promised.join(' and ')} of ${host}, which its clients were told, is taken`
      : `every port from ${portFirst} to ${portLast} of ${host} is taken`;
    throw new DriverError('busy', which, { object: name });
  }

  async #launch(served: NbdExport, image: NbdImage, where: readonly string[]): Promise<void> {
    const mode = served.readOnly ? ['--read-only'] : ['--discard=unmap'];
    const identity = [this.#pidArgument(served), `--export-name=${served.name}`];
    const options = ['--image-opts', imageOptions(image, served.readOnly)];
    // In the background it leads a session of its own; the program we wait for ends when clients can come.
    await this.run(['qemu-nbd', '--fork', '--persistent', '--shared=0', ...identity, ...where, ...mode, ...options], {
      timeoutMs: 30_000,
    });
  }

  /** Where it was, and then every port of nobody else from one that depends on the name, so that few are tried. */
  async #portsToTry({ name, readOnly }: NbdExport, promised: readonly number[]): Promise<readonly number[]> {
    const { portFirst, portLast } = this.config;
    const count = portLast - portFirst + 1;
    const others = await this.ports.allPorts();
    const start = createHash('sha256').update(`${name} ${readOnly}`).digest().readUInt32BE(0) % count;
    const inTurn = Array.from({ length: count }, (_, i) => portFirst + ((start + i) % count));
    return [...promised, ...inTurn.filter((port) => !others.has(port))];
  }

  #pidArgument(served: NbdExport): string {
    return `--pid-file=${this.#path(served, 'pid')}`;
  }

  #path({ name, readOnly }: NbdExport, what: 'pid' | 'sock'): string {
    return join(this.directory, `${name}.${readOnly ? 'ro' : 'rw'}.${what}`);
  }

  #unixAddress(served: NbdExport): NbdAddress {
    const socket = this.#path(served, 'sock');
    const uri = `nbd+unix:///${served.name}?socket=${encodeURIComponent(socket).replaceAll('%2F', '/')}`;
    return { transport: 'unix', uri, export: served.name, socket };
  }

  #tcpAddress(served: NbdExport, port: number): NbdAddress {
    const { host } = this.config;
    const authority = host.includes(':') ? `[${host}]` : host;
    return { transport: 'tcp', uri: `nbd://${authority}:${port}/${served.name}`, export: served.name, host, port };
  }
}

/** The files and their formats for QEMU, which finds out nothing by itself: the content must not choose. */
export function imageOptions({ path, base }: NbdImage, readOnly: boolean): string {
  const quoted = (text: string) => text.replaceAll(',', ',,');
  const fileOf = (prefix: string, file: string) => `${prefix}file.driver=file,${prefix}file.filename=${quoted(file)}`;
  const image = base
    ? `driver=qcow2,${fileOf('', path)},backing.driver=raw,${fileOf('backing.', base)}`
    : `driver=raw,${fileOf('', path)}`;
  if (!readOnly) return image;
  // A raw file may be read while others write to it.
  return base ? `${image},read-only=on` : `${image},read-only=on,force-share=on`;
}

/** The arguments of a running `qemu-nbd`; undefined when the process is another program's, or not there. */
async function argumentsOf(pid: number): Promise<string[] | undefined> {
  const [program = '', ...args] = (await ofProcess(pid, 'cmdline')).split('\0');
  return basename(program) === 'qemu-nbd' ? args : undefined;
}

/** All `qemu-nbd` that run on this host, ours or not. */
async function* servers(): AsyncIterable<{ readonly pid: number; readonly args: readonly string[] }> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const args = await argumentsOf(Number(entry));
    if (args) yield { pid: Number(entry), args };
  }
}

/** Also those of a process that has not written its pid file. */
async function pidsOf(mark: string): Promise<readonly number[]> {
  const pids: number[] = [];
  for await (const { pid, args } of servers()) if (args.includes(mark)) pids.push(pid);
  return pids;
}

/**
 * Asks a process that has the mark among its arguments to end, which lets it write out what it holds; after five seconds it is ended.
 * Settles when it is gone.
 */
async function endProcess(pid: number, mark: string): Promise<void> {
  const signal = (name: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  };
  if (!(await argumentsOf(pid))?.includes(mark)) return;
  signal('SIGTERM');
  for (let waitedMs = 0; await hasOpenFiles(pid, mark); waitedMs += pollMs) {
    if (waitedMs === stopWithinMs) signal('SIGKILL');
    if (waitedMs >= 2 * stopWithinMs) throw new DriverError('busy', `the qemu-nbd process ${pid} does not end`);
    await delay(pollMs);
  }
}

/** A process that ends shows no arguments any more before it lets go of its files and ports. */
async function hasOpenFiles(pid: number, mark: string): Promise<boolean> {
  const line = await ofProcess(pid, 'cmdline');
  if (line !== '') return line.split('\0').includes(mark);
  const status = await ofProcess(pid, 'stat');
  return status !== '' && !/\) [ZX] /.test(status);
}

/** Empty when the process is not there, or not ours to look at. */
function ofProcess(pid: number, what: 'cmdline' | 'stat'): Promise<string> {
  return readFile(`/proc/${pid}/${what}`, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ESRCH', 'EACCES'].some((code) => isSystemError(error, code))) return '';
    throw error;
  });
}
