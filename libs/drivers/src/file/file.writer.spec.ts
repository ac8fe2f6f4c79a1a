import { readdir } from 'node:fs/promises';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { DirectTurns } from './direct-io';
import { EarlySync, earlySyncBytes } from './early-sync';
import { FileWriter, type WriterEnd } from './file.writer';
import { ObjectFiles } from './object-files';
import { SharedSync } from './shared-sync';

let home: TemporaryDirectory;
beforeEach(async () => {
  home = await temporaryDirectory('hearth-file-writer-');
});
afterEach(() => home.remove());

async function openWriter(syncDirectory: () => Promise<void>, { sizeBytes = 4096 } = {}) {
  const files = new ObjectFiles(home.path, new SharedSync(syncDirectory));
  const ends: WriterEnd[] = [];
  const handle = await files.createPartial('volume-a');
  const writer = new FileWriter({
    files,
    name: 'volume-a',
    sizeBytes,
    handle,
    earlySync: new EarlySync(),
    directTurns: new DirectTurns(),
    freeBytes: async () => undefined,
    onEnd: (end) => ends.push(end),
  });
  return { writer, ends, handle };
}

test('an object whose directory cannot be made durable is not finished, and can be aborted', async () => {
  const noRoom = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const { writer, ends } = await openWriter(() => Promise.reject(noRoom));
  await writer.write(0, Buffer.alloc(4096, 1));
  await expect(writer.finish()).rejects.toMatchObject({ code: 'full', object: 'volume-a' });
  await writer.abort();
  expect(await readdir(home.path)).toEqual([]);
  expect(ends).toEqual(['aborted']);
});

test('a writer that was released serves nothing any more', async () => {
  const { writer } = await openWriter(async () => undefined);
  await writer.release();
  for (const call of [
    () => writer.write(0, Buffer.alloc(1)),
    () => writer.read(0, Buffer.alloc(1)),
    () => writer.takeFile(__filename),
    () => writer.finish(),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'failed', object: 'volume-a' });
  }
});

test('an object whose bytes were lost is not finished by asking again', async () => {
  const { writer, handle } = await openWriter(async () => undefined);
  const lost = Object.assign(new Error('i/o error'), { code: 'EIO' });
  jest.spyOn(handle, 'datasync').mockRejectedValueOnce(lost);
  await expect(writer.finish()).rejects.toMatchObject({ code: 'failed' });
  await expect(writer.finish()).rejects.toMatchObject({ code: 'failed' });
  await writer.abort();
  expect(await readdir(home.path)).toEqual([]);
});

describe('a long write', () => {
  // Of no page's beginning: what is aligned may be written past the page cache, which leaves nothing to sync early.
  const chunk = Buffer.alloc(earlySyncBytes / 4 + 1).subarray(1);

  /** No byte reaches the disk: what is counted is asked of the file, however slow it is. */
  async function writeLong(sync: () => Promise<void>) {
    const opened = await openWriter(async () => undefined, { sizeBytes: 3 * earlySyncBytes });
    const datasync = jest.spyOn(opened.handle, 'datasync').mockImplementation(sync);
    const taken = { bytesWritten: chunk.length, buffer: chunk };
    jest.spyOn(opened.handle, 'write').mockResolvedValue(taken as never);
    const write = async (chunks: number) => {
      for (let i = 0; i < chunks; i++) await opened.writer.write(i * chunk.length, chunk);
    };
    return { ...opened, datasync, write };
  }

  test('is synced now and then while it goes on', async () => {
    const { writer, write, datasync } = await writeLong(async () => undefined);
    await write(3);
    expect(datasync).not.toHaveBeenCalled();
    await write(1);
    expect(datasync).toHaveBeenCalledTimes(1);
    await write(8);
    expect(datasync).toHaveBeenCalledTimes(3);
    await writer.finish();
    expect(datasync).toHaveBeenCalledTimes(4);
  });

  test('that an early sync finds lost is never finished', async () => {
    const lost = Object.assign(new Error('i/o error'), { code: 'EIO' });
    let reject!: (error: Error) => void;
    const { writer, write } = await writeLong(() => new Promise((_, no) => (reject = no)));
    await write(4);
    const finishing = writer.finish();
    reject(lost);
    await expect(finishing).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('kernel log') });
    await expect(writer.write(0, chunk)).rejects.toMatchObject({ code: 'failed' });
    await writer.abort();
    expect(await readdir(home.path)).toEqual([]);
  });
});
