import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from './digest-file';
import { DigestIndex } from './digest-index';
import { describeImage, type FileFacts, hasData, type ImageRecord } from './image-record';
import { inspectFile } from './inspect-file';
import { parseSidecar, type Sidecar } from './sidecar';

/** An image as the service knows it now. */
export interface Image {
  readonly record: ImageRecord;
  /** Projects that may see it beside its owner, when it is shared. */
  readonly members: readonly string[];
  readonly path: string;
  /** Changes whenever the file's bytes may have changed. */
  readonly fileVersion: string;
}

interface Entry extends Image {
  readonly facts: FileFacts;
  readonly sidecar: Sidecar;
  readonly sidecarVersion: string;
}

export interface CatalogueOptions {
  readonly directory: string;
  /** Where digests are kept over restarts. */
  readonly stateDir: string;
  readonly log: (line: string) => void;
}

/** A look at the directory is believed for this long, unless the directory itself says that it changed. */
const lookMs = 500;

/** Names that are no images: hidden, descriptions, and what a download or copy calls itself until it is complete. */
const isImageName = (name: string): boolean => !/^\.|\.json$|\.(part|partial|tmp|crdownload)$/i.test(name);

/**
 * The images of one directory: every plain file in it (a link is followed, folders are not entered), described by the file
 * itself and by `<file>.json` beside it. New, changed and removed files are noticed without a restart.
 */
export class ImageCatalogue {
  private entries = new Map<string, Entry>();
  private looking: Promise<void> | undefined;
  private lookedAtMs = -Infinity;
  private directoryVersion = '';
  private readonly hashing = new Map<string, string>();
  private hashQueue: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();
  private readonly complaints = new Map<string, string>();

  private constructor(
    private readonly options: CatalogueOptions,
    private readonly index: DigestIndex,
  ) {}

  /** Throws when the directory cannot be read. */
  static async open(options: CatalogueOptions): Promise<ImageCatalogue> {
    const catalogue = new ImageCatalogue(options, await DigestIndex.open(options.stateDir, options.log));
    await catalogue.look();
    return catalogue;
  }

  async list(): Promise<readonly Image[]> {
    await this.refresh();
    return [...this.entries.values()];
  }

  async find(id: string): Promise<Image | undefined> {
    return (await this.list()).find(({ record }) => record.id === id);
  }

  /** Ends hashing; what was not finished starts again next time. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.hashQueue;
  }

  private async refresh(): Promise<void> {
    const version = await fileVersionOf(this.options.directory);
    if (version === this.directoryVersion && performance.now() - this.lookedAtMs < lookMs) return;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    await this.looking;
  }

  private async look(): Promise<void> {
    const { directory } = this.options;
    const version = await fileVersionOf(directory);
    const names = (await readdir(directory)).filter(isImageName).sort();
    const entries = new Map<string, Entry>();
    const ids = new Set<string>();
    for (const name of names) {
      const entry = await this.describe(name).catch((error: Error) => this.complain(name, error.message));
      if (!entry) continue;
      if (ids.has(entry.record.id)) this.complain(name, `its id ${entry.record.id} is another image's`);
      else entries.set(name, entry);
      ids.add(entry.record.id);
    }
    // Digests may have been found while the files were looked at.
    this.entries = new Map([...entries].map(([name, entry]) => [name, this.upToDate(entry)]));
    this.directoryVersion = version;
    this.lookedAtMs = performance.now();
    for (const entry of this.entries.values()) this.hashIfNeeded(entry);
  }

  private upToDate(entry: Entry): Entry {
    const digests = this.index.find(entry.facts.fileName, entry.fileVersion);
    if (!digests || entry.record.checksum !== null) return entry;
    return { ...entry, record: describeImage(entry.facts, entry.sidecar, digests) };
  }

  /** The entry of one file, the one at hand if nothing about it changed; undefined for what is no plain file. */
  private async describe(fileName: string): Promise<Entry | undefined> {
    const path = join(this.options.directory, fileName);
    const [fileVersion, sidecarVersion] = await Promise.all([fileVersionOf(path), fileVersionOf(`${path}.json`)]);
    const known = this.entries.get(fileName);
    if (known?.fileVersion === fileVersion && known.sidecarVersion === sidecarVersion) return known;
    const handle = await open(path, 'r');
    try {
      const found = await handle.stat();
      if (!found.isFile()) return undefined;
      const sidecar = sidecarVersion === '' ? {} : await readSidecar(`${path}.json`);
      const inspected = await inspectFile(handle, { fileName, sizeBytes: found.size });
      const facts = { fileName, sizeBytes: found.size, modifiedAtMs: found.mtimeMs, ...inspected };
      const record = describeImage(facts, sidecar, this.index.find(fileName, fileVersion));
      this.complaints.delete(fileName);
      return { record, members: sidecar.members ?? [], path, fileVersion, facts, sidecar, sidecarVersion };
    } finally {
      await handle.close();
    }
  }

  private hashIfNeeded({ facts: { fileName }, fileVersion, sidecar, path }: Entry): void {
    if (!hasData(sidecar.status ?? 'active') || this.index.find(fileName, fileVersion)) return;
    if (this.hashing.get(fileName) === fileVersion) return;
    this.hashing.set(fileName, fileVersion);
    this.hashQueue = this.hashQueue.then(() => this.hash({ fileName, fileVersion, path }));
  }

  private async hash({
    fileName,
    fileVersion,
    path,
  }: {
    fileName: string;
    fileVersion: string;
    path: string;
  }): Promise<void> {
    try {
      const digests = await digestFile(path, this.closing.signal);
      if ((await fileVersionOf(path)) !== fileVersion) return; // changed meanwhile: the next look asks again
      await this.index.keep(fileName, { fileVersion, ...digests }, new Set(this.entries.keys()));
      const entry = this.entries.get(fileName);
      if (entry?.fileVersion !== fileVersion) return;
      this.entries.set(fileName, { ...entry, record: describeImage(entry.facts, entry.sidecar, digests) });
      this.options.log(`${fileName}: active as ${entry.record.id}`);
    } catch (error) {
      if (!this.closing.signal.aborted) this.complain(fileName, (error as Error).message);
    } finally {
      if (this.hashing.get(fileName) === fileVersion) this.hashing.delete(fileName);
    }
  }

  /** Says once what is wrong with a file; it is not listed until that is mended. */
  private complain(fileName: string, reason: string): undefined {
    if (this.complaints.get(fileName) !== reason) this.options.log(`${fileName} is not served: ${reason}`);
    this.complaints.set(fileName, reason);
  }
}

async function readSidecar(file: string): Promise<Sidecar> {
  try {
    return parseSidecar(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`its description ${file} is wrong: ${(cause as Error).message}`, { cause });
  }
}

/** Size, time of change in nanoseconds and inode; empty when there is nothing of that name. */
export async function fileVersionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.size}-${found.mtimeNs}-${found.ino}` : '';
}
