import { readdir } from 'node:fs/promises';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { FileWriter, type WriterEnd } from './file.writer';
import { ObjectFiles } from './object-files';
import { SharedSync } from './shared-sync';

let home: TemporaryDirectory;
beforeEach(async () => {
  home = await temporaryDirectory('hearth-file-writer-');
});
afterEach(() => home.remove());

async function openWriter(syncDirectory: () => Promise<void>) {
  const files = new ObjectFiles(home.path, new SharedSync(syncDirectory));
  const ends: WriterEnd[] = [];
  const writer = new FileWriter({
    files,
    name: 'volume-a',
    sizeBytes: 4096,
    handle: await files.createPartial('volume-a'),
    freeBytes: async () => undefined,
    onEnd: (end) => ends.push(end),
  });
  return { writer, ends };
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
