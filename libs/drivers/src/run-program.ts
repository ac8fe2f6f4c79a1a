import { type ChildProcess, spawn } from 'node:child_process';
import type { RunProgram } from '@hearth/driver-api';

/** A program that could not be started, ended with an error, was too slow, said too much, or was called off. */
export class ProgramError extends Error {
  constructor(
    message: string,
    readonly argv: readonly string[],
    /** Exit code; undefined when the program did not start or was ended by a signal. */
    readonly exitCode: number | undefined,
    /** The end of what it wrote to its error output. */
    readonly stderr: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`${argv.join(' ')}: ${message}`, options);
    this.name = 'ProgramError';
  }
}

export interface ProgramRunnerOptions {
  /** The whole environment of the programs; messages are matched, so the locale is always C. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Used when a call names no time-out. */
  readonly timeoutMs?: number;
  /** A program that writes more than this to its output is ended: it would fill our memory. */
  readonly outputBytesMax?: number;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const stderrCharsKept = 64 * 1024;

/**
 * Makes the `run` that drivers are given: an argument vector, never a shell; the program is the leader of a process group of
 * its own, and the whole group is killed on a time-out or when the caller's signal fires.
 */
export function programRunner(options: ProgramRunnerOptions = {}): RunProgram {
  const { environment = {}, outputBytesMax = 16 * 2 ** 20 } = options;
  const env = { PATH: defaultPath, ...environment, LC_ALL: 'C' };
  return (argv, { timeoutMs = options.timeoutMs ?? 60_000, signal } = {}) =>
    new Promise((resolve, reject) => {
      const [program, ...args] = argv;
      if (signal?.aborted) return reject(new ProgramError('called off before it began', argv, undefined, ''));
      const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      let reason: string | undefined;
      const end = (why: string) => {
        reason ??= why;
        killGroup(child);
      };
      const output = collectOutput(child, outputBytesMax, () => end(`wrote more than ${outputBytesMax} bytes`));
      const timer = setTimeout(() => end(`took longer than ${timeoutMs} ms`), timeoutMs);
      const onAbort = () => end('called off');
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      child.once('error', (cause) => {
        settle();
        reject(new ProgramError(notStarted(cause), argv, undefined, '', { cause }));
      });
      child.once('close', (code, killedBy) => {
        settle();
        const { stdout, stderr } = output();
        if (code === 0 && reason === undefined) return resolve({ stdout, stderr });
        const message = reason ?? `${code === null ? `ended by ${killedBy}` : `exit code ${code}`}${lastLine(stderr)}`;
        reject(new ProgramError(message, argv, code ?? undefined, stderr));
      });
    });
}

function collectOutput(child: ChildProcess, stdoutBytesMax: number, onTooMuch: () => void) {
  const chunks: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > stdoutBytesMax) onTooMuch();
    else chunks.push(chunk);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrCharsKept);
  });
  return () => ({ stdout: Buffer.concat(chunks).toString('utf8'), stderr });
}

/** A negative number names the group; it may be gone already. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function notStarted(cause: Error): string {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOENT' ? 'the program is not installed or not on the PATH' : `cannot be started: ${cause.message}`;
}

function lastLine(stderr: string): string {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line}`;
}
