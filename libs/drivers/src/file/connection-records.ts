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
const portPattern = /^(\d{1,5})\.(rw|ro)-port$/;

/** A port that clients were told: who reads, or who writes, is served there as long as anybody is connected so. */
export interface PromisedPort {
  readonly port: number;
  readonly readOnly: boolean;
}

/**
 * Who is connected to an object: an empty file `<attachment>.rw` or `.ro` for each, so that a record is there or not and never half of
 * one; and `<port>.rw-port` or `.ro-port` where they were told a port. The directory goes with the last.
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

  /** What clients of the object were told. */
  async portsOf(name: string): Promise<PromisedPort[]> {
    const found = (await ifThere(readdir(this.#directory(name)))) ?? [];
    return found.flatMap((file) => {
      const [, port, mode] = portPattern.exec(file) ?? [];
      return port ? [{ port: Number(port), readOnly: mode === 'ro' }] : [];
    });
  }

  /** Every port that clients of any object were told. */
  async allPorts(): Promise<ReadonlySet<number>> {
    const all = new Set<number>();
    for await (const name of this.files.having('connections')) {
      for (const { port } of await this.portsOf(name)) all.add(port);
    }
    return all;
  }

  /** Durably; what was promised for the mode before is no longer. The object has a connection of that mode. */
  async promisePort(name: string, promised: PromisedPort): Promise<void> {
    const before = (await this.portsOf(name)).filter(({ readOnly }) => readOnly === promised.readOnly);
    if (before.length === 1 && before[0]?.port === promised.port) return;
    const handle = await open(this.#portPath(name, promised), 'a', 0o660);
    await handle.close();
    for (const other of before) if (other.port !== promised.port) await unlinkIfThere(this.#portPath(name, other));
    await this.#sync(name);
  }

  /** Durably; what was recorded of the attachment before is replaced. */
  async add(name: string, record: ConnectionRecord): Promise<void> {
    const directory = this.#directory(name);
    await mkdir(directory, { recursive: true, mode: 0o770 });
    const handle = await open(this.#path(name, record), 'a', 0o660);
    await handle.close();
    await unlinkIfThere(this.#path(name, { ...record, readOnly: !record.readOnly }));
    await this.#forgetPorts(name);
    await this.#sync(name);
  }

  async remove(name: string, attachmentId: string): Promise<void> {
    for (const readOnly of [true, false]) await unlinkIfThere(this.#path(name, { attachmentId, readOnly }));
    await this.#forgetPorts(name);
    await this.#sync(name);
  }

  async removeAll(name: string): Promise<void> {
    for (const { attachmentId } of await this.of(name)) await this.remove(name, attachmentId);
    await this.#forgetPorts(name);
    if (!(await removeIfEmpty(this.#directory(name)))) {
      throw new Error(`${this.#directory(name)} holds files that are not Hearth's; move them away`);
    }
  }

  /** Of modes in which nobody is connected any more. */
  async #forgetPorts(name: string): Promise<void> {
    const left = await this.of(name);
    for (const promised of await this.portsOf(name)) {
      const isKept = left.some(({ readOnly }) => readOnly === promised.readOnly);
      if (!isKept) await unlinkIfThere(this.#portPath(name, promised));
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

  #portPath(name: string, { port, readOnly }: PromisedPort): string {
    return join(this.#directory(name), `${port}.${readOnly ? 'ro' : 'rw'}-port`);
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
