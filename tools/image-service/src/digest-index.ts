import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digests } from './image-record';

const indexSchema = z.object({
  version: z.literal(1),
  files: z.record(
    z.string(),
    z.object({ fileVersion: z.string(), md5: z.string().length(32), sha512: z.string().length(128) }),
  ),
});

type Entry = z.infer<typeof indexSchema>['files'][string];

/**
 * The digests of files as they were, by name and file version, kept in `.hearth-images.json` so that a restart hashes
 * nothing again. It can be deleted at any time; the cost is hashing.
 */
export class DigestIndex {
  private complained = false;

  private constructor(
    private readonly file: string,
    private readonly entries: Map<string, Entry>,
    private readonly log: (line: string) => void,
  ) {}

  static async open(stateDir: string, log: (line: string) => void): Promise<DigestIndex> {
    const file = join(stateDir, '.hearth-images.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    return new DigestIndex(file, text === undefined ? new Map() : readEntries(text, file, log), log);
  }

  find(fileName: string, fileVersion: string): Digests | undefined {
    const entry = this.entries.get(fileName);
    return entry?.fileVersion === fileVersion ? entry : undefined;
  }

  /** Keeps the digests of one file and forgets those of files that are gone. */
  async keep(fileName: string, entry: Entry, present: ReadonlySet<string>): Promise<void> {
    this.entries.set(fileName, entry);
    for (const name of this.entries.keys()) if (!present.has(name)) this.entries.delete(name);
    try {
      await writeFile(
        `${this.file}.new`,
        JSON.stringify({ version: 1, files: Object.fromEntries(this.entries) }, null, 1),
      );
      await rename(`${this.file}.new`, this.file);
    } catch (error) {
      if (!this.complained)
        this.log(`digests cannot be kept and will be computed again after a restart: ${(error as Error).message}`);
      this.complained = true;
    }
  }
}

function readEntries(text: string, file: string, log: (line: string) => void): Map<string, Entry> {
  try {
    return new Map(Object.entries(indexSchema.parse(JSON.parse(text)).files));
  } catch {
    log(`${file} cannot be read as an index of digests: they are computed again`);
    return new Map();
  }
}
