import type { FileHandle } from 'node:fs/promises';

/** The system may take fewer bytes than it was given, shortly before the disk is full for instance. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    if (bytesWritten === 0) throw new Error(`the system took none of ${bytes.length - done} bytes at ${offset + done}`);
    done += bytesWritten;
  }
}

/** Fills the whole target; the file must have the bytes. */
export async function readWhole(handle: FileHandle, target: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${offset + done}, before its data does`);
    done += bytesRead;
  }
}
