import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { History } from './history/history';
import type { Found } from './simulate';

/** What a file tells of a history: enough to live through it again. */
export interface StoredHistory {
  readonly schedule: number;
  readonly history: History;
}

/** Stores a history; gives the file. */
export async function storeHistory(directory: string, { seed, schedule, history, broken }: Found): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `history-${seed}.json`);
  await writeFile(path, `${JSON.stringify({ ...broken, seed, schedule, history }, null, 2)}\n`);
  return path;
}

/** Throws an error that says what is wrong with the file. */
export async function readHistory(path: string): Promise<StoredHistory> {
  const stored = JSON.parse(await readFile(path, 'utf8')) as Partial<StoredHistory>;
  const { schedule, history } = stored;
  if (!Number.isSafeInteger(schedule) || !Array.isArray(history?.actions) || !Array.isArray(history.setup?.hosts)) {
    throw new Error(`${path} holds no history`);
  }
  return { schedule: schedule!, history };
}
