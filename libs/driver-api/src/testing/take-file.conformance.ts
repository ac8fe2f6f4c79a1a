import type { ObjectWriter } from '../index';
import {
  type DriverUnderTest,
  expectDriverError,
  gib,
  kib,
  type LocalFiles,
  mib,
  type Subject,
} from './driver-under-test';

/** For drivers whose writers take whole files. */
export function describeTakeFile(subject: () => Subject, underTest: () => DriverUnderTest): void {
  function localFiles(): LocalFiles {
    const files = underTest().localFiles;
    if (!files) throw new Error('a driver that takes files is tested with localFiles');
    return files;
  }
  const bytes = Buffer.alloc(3 * mib + 700, 'image');

  /** A test with a file of that length whose first bytes are `bytes`. */
  function takes(name: string, lengthBytes: number, work: (writer: Taking, path: string) => Promise<void>): void {
    test(name, async () => {
      const files = localFiles();
      const object = subject().newRef();
      const writer = await subject().driver.openWriter(object, 1);
      const takeFile = writer.takeFile?.bind(writer);
      if (!takeFile) throw new Error('the writer takes no files');
      const path = await files.make(bytes, lengthBytes);
      try {
        await work({ object, writer, takeFile, shares: files.shares }, path);
      } finally {
        await files.remove(path);
        await writer.abort();
      }
    });
  }

  describe('a whole file given to a writer', () => {
    takes('is the start of the object, or leaves it empty', bytes.length, async (taking, path) => {
      const { object, writer, takeFile, shares } = taking;
      expect(await takeFile(path)).toBe(shares);
      await writer.finish();
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 1 });
      await subject().expectBytes(object, 0, shares ? bytes : Buffer.alloc(bytes.length));
      await subject().expectZeros(object, bytes.length, 64 * kib);
      await subject().expectZeros(object, gib - 64 * kib, 64 * kib);
    });

    takes('may be as large as the object', gib, async ({ object, writer, takeFile, shares }, path) => {
      expect(await takeFile(path)).toBe(shares);
      await writer.finish();
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 1 });
      await subject().expectBytes(object, 0, shares ? bytes : Buffer.alloc(bytes.length));
    });

    takes('may be changed and removed at once', bytes.length, async (taking, path) => {
      const { object, writer, takeFile, shares } = taking;
      await takeFile(path);
      await localFiles().overwrite(path, Buffer.alloc(mib, 'other'));
      await localFiles().remove(path);
      await writer.finish();
      await subject().expectBytes(object, 0, shares ? bytes : Buffer.alloc(bytes.length));
    });

    takes('can be written over, and what was not taken can be written', bytes.length, async (taking, path) => {
      const { object, writer, takeFile, shares } = taking;
      await takeFile(path);
      await writer.write(mib, Buffer.alloc(64 * kib, 'later'));
      await writer.write(512 * mib, Buffer.alloc(64 * kib, 'later'));
      await writer.finish();
      await subject().expectBytes(object, 0, shares ? bytes.subarray(0, mib) : Buffer.alloc(mib));
      await subject().expectBytes(object, mib, Buffer.alloc(64 * kib, 'later'));
      await subject().expectBytes(object, 512 * mib, Buffer.alloc(64 * kib, 'later'));
    });

    takes('is left alone when the writer is aborted', bytes.length, async ({ object, writer, takeFile }, path) => {
      await takeFile(path);
      await writer.abort();
      expect(await subject().driver.describe(object)).toBeUndefined();
      expect(await subject().names()).not.toContain(object.name);
      expect(await localFiles().read(path)).toEqual(bytes);
    });

    takes('is refused when it is larger than the object', gib + 1, async ({ writer, takeFile }, path) => {
      await expectDriverError(takeFile(path), 'failed');
      await expectDriverError(writer.finish(), 'failed');
    });

    takes('is refused when it is not there', 1, async ({ writer, takeFile }, path) => {
      const error = await expectDriverError(takeFile(`${path}-elsewhere`), 'failed');
      expect(error.message).toContain(`${path}-elsewhere`);
      await expectDriverError(writer.finish(), 'failed');
    });

    takes('is refused after something was written', bytes.length, async ({ object, writer, takeFile }, path) => {
      await writer.write(0, Buffer.alloc(64 * kib, 'first'));
      await expectDriverError(takeFile(path), 'failed');
      await writer.finish();
      await subject().expectBytes(object, 0, Buffer.alloc(64 * kib, 'first'));
    });
  });
}

interface Taking {
  readonly object: ReturnType<Subject['newRef']>;
  readonly writer: ObjectWriter;
  readonly takeFile: NonNullable<ObjectWriter['takeFile']>;
  readonly shares: boolean;
}
