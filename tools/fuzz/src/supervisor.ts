import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fnv } from './engine/fnv';
import { inputBytesMax } from './engine/mutate';
import type { FuzzReport } from './engine/fuzzer';
import type { Options } from './options';
import { coverageText, progressText, reportText } from './report-text';
import type { SessionResult } from './session';

/** What the thread that fuzzes tells. A report's inputs arrive as plain bytes. */
export type Message =
  | { readonly kind: 'progress'; readonly reports: readonly FuzzReport[] }
  | { readonly kind: 'end'; readonly result: SessionResult };

/** Memory both threads see: the input in use, so that one that never ends, or ends the thread, is not lost. */
export interface SharedInput {
  /** Number of the input, its length in bytes, and the number of its target. */
  readonly state: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

const stuckMs = 60_000;
const progressMs = 15_000;

/**
 * Lets another thread fuzz and looks after it. An input that does not end within a minute, or that ends the thread, is stored like one
 * that broke a promise.
 *
 * @param bundle the file to start the thread with
 * @returns the exit code
 */
export async function supervise(options: Options, bundle: string): Promise<0 | 1> {
  const shared: SharedInput = { state: new SharedArrayBuffer(12), bytes: new SharedArrayBuffer(inputBytesMax) };
  const resourceLimits = { maxOldGenerationSizeMb: 1024 };
  const worker = new Worker(bundle, { workerData: { options, shared }, resourceLimits });
  const failures: { target: string; message: string; input: Uint8Array }[] = [];
  const lost = (message: string) => {
    const [, length = 0, target = 0] = new Int32Array(shared.state);
    failures.push({
      target: options.targets[target] ?? '',
      message,
      input: new Uint8Array(shared.bytes).slice(0, length),
    });
  };
  await new Promise<void>((resolve) => {
    let shownAt = Date.now();
    let ended = false;
    const watch = watchInput(shared, () => {
      lost(`does not end within ${stuckMs / 1000} s`);
      void worker.terminate();
    });
    worker.on('message', (message: Message) => {
      if (message.kind === 'progress') {
        if (Date.now() - shownAt < progressMs) return;
        shownAt = Date.now();
        message.reports.forEach((report) => print(progressText(report)));
        return;
      }
      ended = true;
      message.result.reports.forEach((report) => {
        print(reportText(report));
        failures.push(...report.failures.map((failure) => ({ ...failure, target: report.target })));
      });
      if (message.result.coverage) print(coverageText(message.result.coverage));
    });
    worker.on('error', (error) => lost(`ends the thread: ${error.message}`));
    worker.on('exit', () => {
      clearInterval(watch);
      if (!ended && failures.length === 0) lost('ends the thread');
      resolve();
    });
  });
  for (const { target, message, input } of failures) {
    await mkdir(options.directory, { recursive: true });
    const path = join(options.directory, `${target}-${fnv(input).toString(16).padStart(8, '0')}.bin`);
    await writeFile(path, input);
    print(`FAILED ${target}: ${message}\n  npm run fuzz -- --target ${target} --reproduce ${path}`);
  }
  return failures.length > 0 ? 1 : 0;
}

/** Calls back once when the same input has been in use for too long. */
function watchInput({ state }: SharedInput, onStuck: () => void): NodeJS.Timeout {
  const view = new Int32Array(state);
  let seen = -1;
  let since = Date.now();
  return setInterval(() => {
    const current = Atomics.load(view, 0);
    if (current !== seen) [seen, since] = [current, Date.now()];
    else if (Date.now() - since > stuckMs) {
      since = Infinity;
      onStuck();
    }
  }, 1000);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
