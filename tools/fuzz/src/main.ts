import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { prepareUnpacking } from '@hearth/image-format';
import { parseApiOptions } from './api/api-options';
import { fuzzApi } from './api/fuzz-api';
import { type Options, parseOptions } from './options';
import { runSession } from './session';
import { type Message, type SharedInput, supervise } from './supervisor';
import { targets } from './targets';

/** The checkout, seen from the bundle below dist/tools/fuzz/src. */
const root = resolve(__dirname, '../../../..');

/** The thread that fuzzes: shows each input to the other thread before it uses it. */
async function fuzz({ options, shared }: { options: Options; shared: SharedInput }): Promise<void> {
  const state = new Int32Array(shared.state);
  const bytes = new Uint8Array(shared.bytes);
  const tell = (message: Message) => parentPort?.postMessage(message);
  let shownAt = 0;
  const result = await runSession(options, __filename, {
    onInput: (target, input) => {
      bytes.set(input);
      state[1] = input.length;
      state[2] = options.targets.findIndex((name) => name === target);
      Atomics.add(state, 0, 1);
    },
    onProgress: (reports) => {
      if (Date.now() - shownAt < 5000) return;
      shownAt = Date.now();
      tell({ kind: 'progress', reports });
    },
  });
  tell({ kind: 'end', result });
}

/** One stored input, once for each target. */
async function reproduce(path: string, { targets: names }: Options): Promise<void> {
  await prepareUnpacking();
  const input = await readFile(path);
  for (const name of names) process.stdout.write(`${name}: ${await targets[name].run(input)}\n`);
}

async function main(): Promise<void> {
  if (parentPort) return fuzz(workerData as { options: Options; shared: SharedInput });
  const [first, ...rest] = process.argv.slice(2);
  if (first === 'api') {
    process.exitCode = await fuzzApi(parseApiOptions(rest), root);
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  if (options.reproduce !== undefined) return reproduce(options.reproduce, options);
  process.stdout.write(`seed ${options.seed}, ${options.minutes} minutes, targets ${options.targets.join(', ')}\n`);
  process.exitCode = await supervise(options, __filename);
}

main().catch((error: unknown) => {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
