import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DriverError, type RunProgram } from '@hearth/driver-api';
import { ProgramError } from '../run-program';
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

/** What the system allows for the path of a socket. */
const socketPathBytesMax = 107;
const longestKey = `volume-${'x'.repeat(36)}.rw`;
const stopWithinMs = 5_000;
const pollMs = 20;

/**
 * The `qemu-nbd` processes of one pool: one for each object and mode, in a session of its own, so that it serves on while the
 * volume-manager is restarted. What is known of them is kept nowhere but in the system: a process is ours when it runs with the path of our
 * pid file among its arguments; whoever comes later finds it by that.
 */
export class NbdServers {
  private constructor(
    private readonly directory: string,
    private readonly config: NbdConfig,
    private readonly run: RunProgram,
  ) {}

  /** `pool` tells the servers of one pool from those of others that share `runDirectory`. Throws `misconfigured`. */
  static async open(config: NbdConfig, pool: string, run: RunProgram): Promise<NbdServers> {
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
    return new NbdServers(directory, config, run);
  }

  /** The server of this export, started when it does not run. An open server is left alone: it has the files that it was started with. */
  async ensure(served: NbdExport, image: NbdImage): Promise<NbdAddress> {
    return (await this.#running(served)) ?? this.#start(served, image);
  }

  /** After it, no server of the export runs, and nothing is left of it. What clients had been told is written is in the file. */
  async stop(served: NbdExport): Promise<void> {
    for (const { pid } of await this.#processesOf(served)) await endProcess(pid);
    for (const what of ['pid', 'sock', 'port'] as const) await rm(this.#path(served, what), { force: true });
  }

  /** Every export of which anything is left, whether it is served or not. */
  async known(): Promise<NbdExport[]> {
    const found = new Map<string, NbdExport>();
    for (const file of await readdir(this.directory)) {
      const [, name, mode] = /^(volume-.+)\.(rw|ro)\.(?:pid|sock|port)$/.exec(file) ?? [];
      if (name) found.set(`${name}.${mode}`, { name, readOnly: mode === 'ro' });
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
    return isWhereItShouldBe ? this.#tcpAddress(served, port) : undefined;
  }

  async #start(served: NbdExport, image: NbdImage): Promise<NbdAddress> {
    // A process whose pid file is gone, or which was being started when its starter died, is of no use to anybody.
    const before = await this.#lastPort(served);
    await this.stop(served);
    if (this.config.transport === 'unix') {
      const socket = this.#path(served, 'sock');
      if (Buffer.byteLength(socket) > socketPathBytesMax) {
        throw new DriverError('failed', `${served.name} has a name too long for a socket`, { object: served.name });
      }
      await this.#launch(served, image, [`--socket=${socket}`]);
      return this.#unixAddress(served);
    }
    for (const port of this.#ports(served, before)) {
      // Written first: after a crash of the server its clients find the next one where it was.
      await writeFile(this.#path(served, 'port'), String(port));
      try {
        await this.#launch(served, image, [`--bind=${this.config.host}`, `--port=${port}`]);
        return this.#tcpAddress(served, port);
      } catch (error) {
        if (!(error instanceof ProgramError) || !/Address already in use/.test(error.stderr)) throw error;
      }
    }
    await this.stop(served);
    const range = `${this.config.portFirst} to ${this.config.portLast}`;
    throw new DriverError('busy', `every port from ${range} of ${this.config.host} is taken`, { object: served.name });
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

  /** Where it was, and then every other port from one that depends on the name, so that few are tried. */
  *#ports({ name, readOnly }: NbdExport, before: number | undefined): Iterable<number> {
    const { portFirst, portLast } = this.config;
    const count = portLast - portFirst + 1;
    if (before !== undefined && before >= portFirst && before <= portLast) yield before;
    const start = createHash('sha256').update(`${name} ${readOnly}`).digest().readUInt32BE(0) % count;
    for (let i = 0; i < count; i++) yield portFirst + ((start + i) % count);
  }

  async #lastPort(served: NbdExport): Promise<number | undefined> {
    const port = Number(await ifThere(readFile(this.#path(served, 'port'), 'utf8')));
    return Number.isSafeInteger(port) && port > 0 ? port : undefined;
  }

  /** All processes that were started for the export, also one that has not written its pid file. */
  async #processesOf(served: NbdExport): Promise<{ readonly pid: number }[]> {
    const mark = this.#pidArgument(served);
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
    const found = await Promise.all(pids.map(async (pid) => ({ pid, args: await argumentsOf(pid) })));
    return found.filter(({ args }) => args?.includes(mark));
  }

  #pidArgument(served: NbdExport): string {
    return `--pid-file=${this.#path(served, 'pid')}`;
  }

  #path({ name, readOnly }: NbdExport, what: 'pid' | 'sock' | 'port'): string {
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
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ESRCH', 'EACCES'].some((code) => isSystemError(error, code))) return '';
    throw error;
  });
  const [program = '', ...args] = line.split('\0');
  return basename(program) === 'qemu-nbd' ? args : undefined;
}

/** Asks a process to end, which lets it write out what it holds; after five seconds it is ended. Settles when it is gone. */
async function endProcess(pid: number): Promise<void> {
  const signal = (name: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  };
  signal('SIGTERM');
  for (let waitedMs = 0; await argumentsOf(pid); waitedMs += pollMs) {
    if (waitedMs === stopWithinMs) signal('SIGKILL');
    if (waitedMs >= 2 * stopWithinMs) throw new DriverError('busy', `the qemu-nbd process ${pid} does not end`);
    await delay(pollMs);
  }
}
