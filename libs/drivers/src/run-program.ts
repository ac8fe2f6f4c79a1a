import { type ChildProcess, spawn } from 'node:child_process';
import type { RunProgram } from '@hearth/driver-api';
import { killGroup, systemPath } from './process-group';

/** How a program came to fail. */
export type ProgramEnding = 'not-installed' | 'not-started' | 'exited' | 'too-slow' | 'too-much-output' | 'called-off';

/** A program that could not be started, ended with an error, was too slow, said too much, or was called off. */
export class ProgramError extends Error {
  readonly ending: ProgramEnding;

  constructor(
    message: string,
    readonly argv: readonly string[],
    /** Exit code; undefined when the program did not start or was ended by a signal. */
    readonly exitCode: number | undefined,
    /** The end of what it wrote to its error output. */
    readonly stderr: string,
    { cause, ending = 'exited' }: { readonly cause?: unknown; readonly ending?: ProgramEnding } = {},
  ) {
    super(`${argv.join(' ')}: ${message}`, { cause });
    this.name = 'ProgramError';
    this.ending = ending;
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

const stderrCharsKept = 64 * 1024;

/**
 * Makes the `run` that drivers are given: an argument vector, never a shell; the program is the leader of a process group of
 * its own, and the whole group is killed on a time-out or when the caller's signal fires.
 */
export function programRunner(options: ProgramRunnerOptions = {}): RunProgram {
  const { environment = {}, outputBytesMax = 16 * 2 ** 20 } = options;
  const env = { PATH: systemPath, ...environment, LC_ALL: 'C' };
  return (argv, { timeoutMs = options.timeoutMs ?? 60_000, signal } = {}) =>
    new Promise((resolve, reject) => {
      const [program, ...args] = argv;
      if (signal?.aborted) {
        return reject(new ProgramError('called off before it began', argv, undefined, '', { ending: 'called-off' }));
      }
      const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      let ended: { readonly ending: ProgramEnding; readonly message: string } | undefined;
      const end = (ending: ProgramEnding, message: string) => {
        ended ??= { ending, message };
        killGroup(child);
      };
      const tooMuch = () => end('too-much-output', `wrote more than ${outputBytesMax} bytes`);
      const output = collectOutput(child, outputBytesMax, tooMuch);
      const timer = setTimeout(() => end('too-slow', `took longer than ${timeoutMs} ms`), timeoutMs);
      const onAbort = () => end('called-off', 'called off');
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      child.once('error', (cause) => {
        settle();
        reject(new ProgramError(notStarted(cause), argv, undefined, '', { cause, ending: endingOf(cause) }));
      });
      child.once('close', (code, killedBy) => {
        settle();
        const { stdout, stderr } = output();
        if (code === 0 && ended === undefined) return resolve({ stdout, stderr });
        const message =
          ended?.message ?? `${code === null ? `ended by ${killedBy}` : `exit code ${code}`}${lastLine(stderr)}`;
        reject(new ProgramError(message, argv, code ?? undefined, stderr, { ending: ended?.ending }));
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

function notStarted(cause: Error): string {
  if (endingOf(cause) === 'not-installed') return 'the program is not installed or not on the PATH';
  return `cannot be started: ${cause.message}`;
}

function endingOf(cause: Error): ProgramEnding {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'not-installed' : 'not-started';
}

function lastLine(stderr: string): string {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line}`;
}
