import { execFile } from 'node:child_process';

/** Whom a process runs as. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** Options of one run of an outside program. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole of its environment; ours unless told. */
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: UnixUser;
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** An outside program could not be started, ended with an error, or took too long. */
export class ProgramFailed extends Error {
  constructor(
    readonly argv: readonly string[],
    /** The system's code (`ENOENT`, `EACCES`) when the program did not start, else its exit status, else undefined. */
    readonly code: string | number | undefined,
    readonly stderr: string,
    options: ErrorOptions,
  ) {
    super(`'${argv.join(' ')}' failed (${code ?? 'killed'}): ${stderr.trim() || 'it said nothing'}`, options);
    this.name = 'ProgramFailed';
  }
}

/** Runs a program to its end and returns what it printed. Never through a shell. Throws `ProgramFailed`. */
export function runProgram(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [command, ...args] = argv as [string, ...string[]];
  const { cwd, env, user, input, timeoutMs = 600_000 } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { cwd, env, ...user, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        reject(new ProgramFailed(argv, error.code ?? undefined, stderr || stdout, { cause: error }));
      },
    );
    // A program may end without reading its input; its exit status tells the story then.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
