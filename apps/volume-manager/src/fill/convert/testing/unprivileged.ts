import { programRunner } from '@hearth/drivers';
import { open, rm, writeFile } from 'node:fs/promises';
import { runConfined } from '../confined-run';
import { type ConfinementLevel, openConfinement } from '../confinement';
import type { ConversionError } from '../conversion-problems';
import { openScratchFile } from '../scratch-file';

/** What this program prints, as JSON. */
export interface Seen {
  readonly level: ConfinementLevel | 'none';
  readonly logged: readonly string[];
  /** What the shell wrote, or why it was not run. */
  readonly output: string;
}

// To be bundled and run as a user other than root: LEAST DIRECTORY SCRIPT [WITHOUT]. The script is a shell's; its $1 is a file of
// ours, its $2 our process; an image is its descriptor 3, and a file to be written its descriptor 4. A program called WITHOUT is not
// to be had.
async function main([least, directory = '', script = '', without]: readonly string[]): Promise<void> {
  const logged: string[] = [];
  const run = programRunner();
  const confinement = await openConfinement({
    ...{ user: 'nobody', program: 'qemu-img', least: least as ConfinementLevel },
    run: (argv, options) =>
      without && argv.includes(without) ? Promise.reject(new Error(`${without} is forbidden`)) : run(argv, options),
    log: {
      info: (message) => void logged.push(`info ${message}`),
      warn: (message, fields) => void logged.push(`warn ${message} ${JSON.stringify(fields)}`),
    },
  });
  const ours = `${directory}/ours`;
  await writeFile(ours, 'a file of ours', { mode: 0o600 });
  const [image, result] = [await openScratchFile(directory), await openScratchFile(directory)];
  await image.write(Buffer.from('an image'), 0);
  const lent = await open(image.path, 'r');
  const output = await runConfined(confinement, {
    argv: ['sh', '-c', script, 'sh', ours, `${process.pid}`],
    files: [lent.fd, result.handle.fd],
    limits: { cpuSeconds: 5, addressSpaceBytes: 2 ** 30, fileBytes: 4_096, totalMs: 20_000 },
    signal: new AbortController().signal,
  }).catch((error: ConversionError) => `${error.problem}`);
  const written = (await result.read(0, 4_096)).toString();
  await Promise.all([lent.close(), image.close(), result.close(), confinement.close(), rm(ours)]);
  process.stdout.write(JSON.stringify({ level: confinement.level, logged, output: output + written } satisfies Seen));
}

void main(process.argv.slice(2));
