import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError } from '@hearth/driver-api';
import { ifThere, type ObjectFiles, removeIfEmpty, unlinkIfThere } from './object-files';

/** One attachment's right to use an object. */
export interface ConnectionRecord {
  readonly attachmentId: string;
  readonly readOnly: boolean;
}

const idPattern = /^[A-Za-z0-9_-]{1,128}$/;
const filePattern = /^([A-Za-z0-9_-]{1,128})\.(rw|ro)$/;

/**
 * Who is connected to an object: an empty file `<attachment>.rw` or `.ro` for each, so that a record is there or not and never half of
 * one. The directory goes with the last.
 */
export class ConnectionRecords {
  constructor(private readonly files: ObjectFiles) {}

  async of(name: string): Promise<ConnectionRecord[]> {
    const found = (await ifThere(readdir(this.#directory(name)))) ?? [];
    return found.flatMap((file) => {
      const [, attachmentId, mode] = filePattern.exec(file) ?? [];
      return attachmentId ? [{ attachmentId, readOnly: mode === 'ro' }] : [];
    });
  }

  /** Durably; what was recorded of the attachment before is replaced. */
  async add(name: string, record: ConnectionRecord): Promise<void> {
    const directory = this.#directory(name);
    await mkdir(directory, { recursive: true, mode: 0o770 });
    const handle = await open(this.#path(name, record), 'a', 0o660);
    await handle.close();
    await unlinkIfThere(this.#path(name, { ...record, readOnly: !record.readOnly }));
    await this.#sync(name);
  }

  async remove(name: string, attachmentId: string): Promise<void> {
    for (const readOnly of [true, false]) await unlinkIfThere(this.#path(name, { attachmentId, readOnly }));
    await this.#sync(name);
  }

  async removeAll(name: string): Promise<void> {
    for (const { attachmentId } of await this.of(name)) await this.remove(name, attachmentId);
    if (!(await removeIfEmpty(this.#directory(name)))) {
      throw new Error(`${this.#directory(name)} holds files that are not Hearth's; move them away`);
    }
  }

  async #sync(name: string): Promise<void> {
    if (!(await removeIfEmpty(this.#directory(name)))) await syncDirectory(this.#directory(name));
    await this.files.entries.join();
  }

  #directory(name: string): string {
    return this.files.path(name, 'connections');
  }

  #path(name: string, { attachmentId, readOnly }: ConnectionRecord): string {
    return join(this.#directory(name), `${attachmentId}.${readOnly ? 'ro' : 'rw'}`);
  }
}

/** The id, or a `DriverError` when it could not be recorded. */
export function requireAttachmentId(id: string): string {
  if (idPattern.test(id)) return id;
  const quoted = JSON.stringify(id.slice(0, 200));
  throw new DriverError('failed', `attachment id ${quoted} is refused: letters, digits, '-' and '_', at most 128`);
}

/** Makes a directory's entries durable; one that is not there has none. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await ifThere(open(path, 'r'));
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}
