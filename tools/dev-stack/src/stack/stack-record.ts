// What a stack remembers of itself in `stack.json`, so that the next command finds it and its ports stay the same.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  format: z.literal(1),
  /** By process name; servers as `nats`, `postgres`, `image-service`. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)),
  volumeManagers: z.int().min(1),
  backendDirectory: z.string(),
  /** What attachments are told: the path of the file, or a URI of NBD. A path where it was never said. */
  connection: z.enum(['local', 'nbd']).optional(),
  natsUrl: z.string(),
  /** The folder of NATS's users; undefined when NATS is somebody else's. */
  natsAccounts: z.string().optional(),
  databaseUrl: z.string(),
  /** As who may only read; undefined when PostgreSQL is somebody else's. */
  databaseReaderUrl: z.string().optional(),
  imageServiceUrl: z.string(),
  /** Undefined when the image service is somebody else's. */
  imagesDirectory: z.string().optional(),
  apiUrl: z.string(),
});

export type StackRecord = Readonly<z.infer<typeof recordSchema>>;

const recordFile = (stateDir: string): string => join(stateDir, 'stack.json');

/** The record of a state directory; undefined where no stack was ever made. Throws when the file is damaged. */
export async function readRecord(stateDir: string): Promise<StackRecord | undefined> {
  const file = recordFile(stateDir);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} is damaged or of another version; remove it, or take another --state`, { cause });
  }
}

/** Holds the database's password: for the owner's eyes. */
export async function writeRecord(stateDir: string, record: StackRecord): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  const file = recordFile(stateDir);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
