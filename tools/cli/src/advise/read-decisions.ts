import { DecisionReader, type ReadDecisions, type ReadOptions, UnreadableLineError } from '@hearth/cache-advisor';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../cli.error';
import type { ProgressBar } from '../terminal/progress';

/** Stands for what is piped in. */
export const pipedIn = '-';

/** Lines between two looks at the bar. */
const stride = 5_000;

/**
 * Reads a file of events, line by line; one whose name ends in `.gz` as what was packed into it. Throws `CliError`: of a line that is
 * none with its number.
 */
export async function readDecisions(file: string, options: ReadOptions, bar: ProgressBar): Promise<ReadDecisions> {
  const reader = new DecisionReader(options);
  const total = file === pipedIn ? 0 : await sizeOf(file);
  const stored = file === pipedIn ? process.stdin : createReadStream(file);
  const input = file.endsWith('.gz') ? unpacked(stored) : stored;
  const lines = createInterface({ input, crlfDelay: Infinity });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      reader.addLine(text, line);
      if (total > 0 && line % stride === 0)
        bar.show(mib((stored as { bytesRead?: number }).bytesRead ?? 0), mib(total), file);
    }
    return reader.read();
  } catch (error) {
    if (error instanceof UnreadableLineError)
      throw new CliError(`${nameOf(file)}: ${error.message}`, 1, { cause: error });
    throw new CliError(`${nameOf(file)} cannot be read: ${messageOf(error)}`, 1, { cause: error });
  } finally {
    bar.end();
    lines.close();
    if (file !== pipedIn) input.destroy();
  }
}

/** Ends with the error of either. */
const unpacked = (packed: Readable): Readable => pipeline(packed, createGunzip(), () => undefined);

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(`${file} cannot be read: ${messageOf(error)}`, isMissing ? 3 : 1, { cause: error });
  }
}

const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
const nameOf = (file: string) => (file === pipedIn ? 'what is piped in' : file);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
