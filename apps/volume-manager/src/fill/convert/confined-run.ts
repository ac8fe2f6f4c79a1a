import { killGroup, systemPath } from '@hearth/drivers';
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Confinement, ProcessLimits } from './confinement';
import { ConversionError, type ConversionProblem, lastLine } from './conversion-problems';

export interface ConfinedRun {
  readonly argv: readonly string[];
  /** Descriptors of ours that the program finds as 3, 4, ... */
  readonly files: readonly number[];
  readonly limits: ProcessLimits;
  readonly signal: AbortSignal;
  /** For a program that writes lines of progress without end; of another's output all is kept, within bounds. */
  readonly watch?: ProgressWatch;
}

export interface ProgressWatch {
  /** A program that does not move for this long is ended. */
  readonly stallMs: number;
  look(outputTail: string): Promise<Look>;
}

export interface Look {
  /** Something that is another than the last time if the program has moved. */
  readonly seen: string;
  /** Of what the program has made more than it may: it is ended. */
  readonly excess?: string;
}

/** A program that has gone beyond its room has done so for no longer than this. */
const lookEveryMs = 100;
const outputCharsMax = 2 ** 20;
const tailChars = 1_024;

/** Everything the program may know of its surroundings. More heaps than one a processor would only reserve address space. */
const environment = { PATH: systemPath, LC_ALL: 'C', MALLOC_ARENA_MAX: '2' };

/**
 * Runs a program confined, limited and watched, and gives what it wrote. Throws a `ConversionError` that names the limit or how it
 * ended, or the signal's reason; whatever happens, the whole group of its processes has ended by then.
 */
export async function runConfined(confinement: Confinement, run: ConfinedRun): Promise<string> {
  run.signal.throwIfAborted();
  const [program, ...args] = confinement.wrap(run.argv, run.limits);
  const child = spawn(program, args, {
    env: environment,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...run.files],
  });
  const work = new RunningProgram(child, run);
  try {
    return await work.result();
  } finally {
    work.stopWatching();
  }
}

interface Ending {
  readonly problem: ConversionProblem;
  readonly detail: string;
}

class RunningProgram {
  private stdout = '';
  private stderr = '';
  private ended: Ending | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly onAbort = () => this.kill();
  /** From then on its number may be somebody else's. */
  private isOver = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly run: ConfinedRun,
  ) {
    const { limits, signal, watch } = run;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-16 * tailChars);
    });
    signal.addEventListener('abort', this.onAbort, { once: true });
    this.timers.push(
      setTimeout(
        () => this.end('too-long', `not done after ${limits.totalMs} ms`),
        Math.min(limits.totalMs, 2 ** 31 - 1),
      ),
    );
    if (watch) this.watchProgress(watch);
  }

  stopWatching(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.run.signal.removeEventListener('abort', this.onAbort);
  }

  async result(): Promise<string> {
    const [code, killedBy] = await this.over();
    this.run.signal.throwIfAborted();
    const ending = this.ended ?? endingOf(code, killedBy, this.stderr);
    if (!ending) return this.stdout;
    throw new ConversionError(ending.problem, `${this.run.argv[0]}: ${ending.detail}`);
  }

  private hear(text: string): void {
    this.stdout += text;
    if (this.run.watch) this.stdout = this.stdout.slice(-tailChars);
    else if (this.stdout.length > outputCharsMax) this.end('talkative', `wrote more than ${outputCharsMax} characters`);
  }

  private end(problem: ConversionProblem, detail: string): void {
    this.ended ??= { problem, detail };
    this.kill();
  }

  private kill(): void {
    if (!this.isOver) killGroup(this.child);
  }

  private watchProgress({ stallMs, look }: ProgressWatch): void {
    let seen: string | undefined;
    let movedAt = performance.now();
    let looking = false;
    const tick = async () => {
      const { seen: found, excess } = await look(this.stdout);
      const now = performance.now();
      if (excess) this.end('output-limit', excess);
      if (found !== seen) movedAt = now;
      else if (now - movedAt >= stallMs) this.end('stalled', `neither progress nor output for ${stallMs} ms`);
      seen = found;
    };
    const timer = setInterval(
      () => {
        if (looking) return;
        looking = true;
        void tick()
          .catch((error: unknown) => this.end('killed', `it could not be watched: ${String(error)}`))
          .finally(() => (looking = false));
      },
      Math.max(Math.min(stallMs / 4, lookEveryMs), 10),
    );
    this.timers.push(timer);
  }

  /** Exit code and signal, once all it wrote has been read; what outlives it in its group, or holds its output, does not for long. */
  private over(): Promise<[number | null, NodeJS.Signals | null]> {
    return new Promise((resolve, reject) => {
      this.child.once('error', (cause: NodeJS.ErrnoException) => {
        const problem = cause.code === 'ENOENT' ? 'cannot-confine' : 'killed';
        reject(new ConversionError(problem, `${this.child.spawnfile} cannot be started: ${cause.message}`, { cause }));
      });
      this.child.once('exit', () => {
        this.kill();
        this.isOver = true;
        this.timers.push(
          setTimeout(() => {
            this.child.stdout?.destroy();
            this.child.stderr?.destroy();
          }, 1_000),
        );
      });
      this.child.once('close', (code, killedBy) => resolve([code, killedBy]));
    });
  }
}

const shortOfMemory = /cannot allocate|failed to allocate|could not allocate|out of memory|failed to map segment/i;
/** Threads are short when the host is; that their stacks find no room in the address space happens only far below any useful limit. */
const shortOfThreads = /thread_create: Resource temporarily unavailable/;
const shortOfRoom = /No space left on device|Disk quota exceeded/;
const tooFar = /File too large/;

const { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } = constants.signals;
/** Signals that a program brings upon itself. */
const crashes: ReadonlySet<number> = new Set([SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]);

/** How a program ended that we did not end; undefined if all is well. A signal may come as itself or, as shells do it, as 128 and more. */
function endingOf(code: number | null, killedBy: NodeJS.Signals | null, stderr: string): Ending | undefined {
  if (code === 0) return undefined;
  const signal = killedBy ? constants.signals[killedBy] : code !== null && code > 128 ? code - 128 : undefined;
  const said = lastLine(stderr);
  const detail = `${signal === undefined ? `exit code ${code}` : `ended by signal ${signal}`}${said ? `: ${said}` : ''}`;
  return { problem: problemOf({ code, signal, stderr }), detail };
}

interface HowItEnded {
  readonly code: number | null;
  readonly signal: number | undefined;
  readonly stderr: string;
}

function problemOf({ code, signal, stderr }: HowItEnded): ConversionProblem {
  if (signal === constants.signals.SIGXCPU) return 'cpu-limit';
  if (signal === constants.signals.SIGXFSZ || tooFar.test(stderr)) return 'output-limit';
  if (shortOfMemory.test(stderr)) return 'memory-limit';
  if (shortOfRoom.test(stderr)) return 'no-room';
  if (shortOfThreads.test(stderr)) return 'starved';
  if (signal !== undefined) return crashes.has(signal) ? 'crashed' : 'killed';
  // What setpriv, timeout and prlimit end with when the next program is not there, or may not be run.
  if (code === 126 || code === 127) return 'not-installed';
  return 'exit-code';
}
