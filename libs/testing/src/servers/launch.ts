// Starting a server as a process of its own, and finding it again. Output goes to a file and the process's identity to
// another, beside each other in a directory of the caller's: so that a stack survives the command that started it, a
// second command finds it, and an error can quote the server's last words. An attached process dies with us: its parent
// death signal is set (setpriv, from util-linux), because a test runner may be killed without a chance to clean up.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, isExecutable } from './find-program';
import { childrenOf, identify, isAlive, type ProcessIdentity, signal, waitForEnd } from './process-table';
import type { UnixUser } from './run-program';

/** What a caller may note beside a process to find it again: its URL, its port. */
export type Notes = Readonly<Record<string, string | number>>;

/** A process that was started here, or found running. */
export interface Launched<N extends Notes = Notes> {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly notes: N;
  isRunning(): boolean;
  /** Asks it to end, waits, and ends it by force when it does not listen. Harmless when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would (SIGKILL), its children too. Harmless when it is gone. */
  kill(): Promise<void>;
}

/** What to start, and how to know that it is up. */
export interface LaunchOptions<N extends Notes> {
  /** Names the process in messages and its files `<name>.log` and `<name>.pid`. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Where the log and the identity are kept; made when missing. */
  readonly directory: string;
  /** True: survives us, until somebody stops it. False: ends with us. */
  readonly detached?: boolean;
  readonly cwd?: string;
  /** The whole environment of the process; ours when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: UnixUser;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopTimeoutMs?: number;
  readonly readyTimeoutMs?: number;
  /** Looked at again and again until it returns the notes; undefined or an exception means "not yet". */
  ready(pid: number): Promise<N | undefined>;
}

interface Identity extends ProcessIdentity {
  readonly notes: Notes;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
}

const attached = new Map<number, ProcessIdentity>();
process.once('exit', () => attached.forEach((identity) => signal(identity, 'SIGKILL')));

/** Starts a process and waits until it is ready. When it is not in time, it is ended and the error quotes its log. */
export async function launch<N extends Notes>(options: LaunchOptions<N>): Promise<Launched<N>> {
  const { name, directory, detached = false, readyTimeoutMs = 30_000 } = options;
  await mkdir(directory, { recursive: true });
  const running = await findLaunched(directory, name);
  if (running) throw new Error(`${name} already runs from ${directory} as process ${running.pid}`);
  const logFile = join(directory, `${name}.log`);
  const logStart = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const identity = await spawnInto(logFile, options);
  if (!detached) attached.set(identity.pid, identity);
  const record = {
    ...identity,
    notes: {},
    stopSignal: options.stopSignal ?? 'SIGTERM',
    stopTimeoutMs: options.stopTimeoutMs ?? 10_000,
  };
  try {
    await keepIdentity(directory, name, record);
    const notes = await waitUntilReady(identity, readyTimeoutMs, () => options.ready(identity.pid));
    await keepIdentity(directory, name, { ...record, notes });
    return launched(directory, name, { ...record, notes });
  } catch (cause) {
    await launched(directory, name, record).kill();
    const words = await lastLines(logFile, { from: logStart });
    throw new Error(`${name} did not start: ${(cause as Error).message}; the last lines of ${logFile}:\n${words}`, {
      cause,
    });
  }
}

/** The process of this name that was launched with this directory, if it still runs. */
export async function findLaunched<N extends Notes = Notes>(
  directory: string,
  name: string,
): Promise<Launched<N> | undefined> {
  const text = await readFile(identityFile(directory, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const identity = parseIdentity(text);
  return identity && isAlive(identity) ? launched<N>(directory, name, identity) : undefined;
}

/** The end of a log file, for messages. */
export async function lastLines(file: string, { count = 15, from = 0 } = {}): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '(there is no log)';
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - 16_384);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - start)), { position: start });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-count).join('\n') || '(it wrote nothing)';
  } finally {
    await handle.close();
  }
}

async function spawnInto(logFile: string, options: LaunchOptions<Notes>): Promise<ProcessIdentity> {
  const [program = ''] = options.argv;
  // Asked beforehand, because setpriv would start well and fail to run the program only then.
  const exists = program.includes('/') ? await isExecutable(program) : await findProgram(program);
  if (!exists) throw new Error(`${options.name}: there is no program '${program}' that can be run`);
  const setpriv = options.detached ? undefined : await findProgram('setpriv');
  const dyingWithUs = setpriv ? [setpriv, '--pdeathsig', options.stopSignal ?? 'SIGTERM', '--'] : [];
  const [command, ...args] = [...dyingWithUs, ...options.argv] as [string, ...string[]];
  const log = openSync(logFile, 'a', 0o640);
  try {
    // A session of its own: Ctrl-C at a terminal reaches the starter alone, which then stops things in order.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      ...options.user,
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const identity = identify(child.pid!);
    if (!identity) throw new Error(`it ended at once; see ${logFile}`);
    return identity;
  } catch (cause) {
    throw new Error(`${options.name}: cannot run '${options.argv[0]}': ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady<N>(
  identity: ProcessIdentity,
  timeoutMs: number,
  look: () => Promise<N | undefined>,
): Promise<N> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    const alive = isAlive(identity);
    const notes = alive ? await look().catch((error: unknown) => void (cause = error)) : undefined;
    if (notes !== undefined) return notes;
    if (!alive) throw new Error('it ended before it was ready', { cause });
    if (performance.now() > deadline) throw new Error(`it was not ready after ${timeoutMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function launched<N extends Notes>(directory: string, name: string, identity: Identity): Launched<N> {
  const forget = async () => {
    attached.delete(identity.pid);
    const kept = await readFile(identityFile(directory, name), 'utf8').catch(() => '');
    const isOurs = parseIdentity(kept)?.startTicks === identity.startTicks;
    if (isOurs) await rm(identityFile(directory, name), { force: true });
  };
  const kill = async () => {
    const family = [identity, ...(isAlive(identity) ? childrenOf(identity.pid) : [])];
    for (const member of family) signal(member, 'SIGKILL');
    for (const member of family) await waitForEnd(member, 10_000);
    await forget();
  };
  const stop = async () => {
    signal(identity, identity.stopSignal);
    if (!(await waitForEnd(identity, identity.stopTimeoutMs))) return kill();
    await forget();
  };
  return {
    name,
    pid: identity.pid,
    logFile: join(directory, `${name}.log`),
    notes: identity.notes as N,
    isRunning: () => isAlive(identity),
    stop,
    kill,
  };
}

const identityFile = (directory: string, name: string): string => join(directory, `${name}.pid`);

async function keepIdentity(directory: string, name: string, identity: Identity): Promise<void> {
  const file = identityFile(directory, name);
  await writeFile(`${file}.new`, JSON.stringify(identity) + '\n', { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function parseIdentity(text: string): Identity | undefined {
  try {
    const { pid, startTicks, notes, stopSignal, stopTimeoutMs } = JSON.parse(text) as Identity;
    if (![pid, startTicks, stopTimeoutMs].every(Number.isInteger) || typeof stopSignal !== 'string') return undefined;
    return { pid, startTicks, notes, stopSignal, stopTimeoutMs };
  } catch {
    return undefined;
  }
}
