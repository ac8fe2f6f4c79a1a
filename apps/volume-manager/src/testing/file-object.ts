import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { type FileHandle, open, rm } from 'node:fs/promises';

/** A file that obeys the port of an object being written. */
export class FileObject implements ObjectWriter {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly roomBytes: number,
  ) {}
  static async create(path: string, sizeBytes: number, roomBytes = Number.MAX_SAFE_INTEGER): Promise<FileObject> {
    const file = await open(path, 'w+');
    await file.truncate(sizeBytes);
    return new FileObject(path, file, roomBytes);
  }
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > this.roomBytes) {
      throw new DriverError('full', 'no space left', { missingBytes: offset + bytes.length - this.roomBytes });
    }
    await this.file.write(bytes, 0, bytes.length, offset);
  }
  async read(offset: number, target: Uint8Array): Promise<void> {
    await this.file.read(target, 0, target.length, offset);
  }
  async finish(): Promise<void> {
    await this.file.datasync();
    await this.file.close();
  }
  async abort(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}
