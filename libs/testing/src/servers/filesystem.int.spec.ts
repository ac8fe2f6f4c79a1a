import { constants, existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFilesystem } from './filesystem';

test('XFS clones a file, ext4 cannot', async () => {
  const xfs = await withFilesystem('xfs', { sizeMib: 320 });
  const ext4 = await withFilesystem('ext4', { sizeMib: 16 });
  try {
    const clone = async (directory: string) => {
      await writeFile(join(directory, 'a'), 'bytes');
      await copyFile(join(directory, 'a'), join(directory, 'b'), constants.COPYFILE_FICLONE_FORCE);
    };
    await clone(xfs.directory);
    await expect(clone(ext4.directory)).rejects.toThrow(/ENOTSUP|EOPNOTSUPP|ENOSYS|EINVAL/);
  } finally {
    await xfs.stop();
    await ext4.stop();
  }
  expect(existsSync(xfs.directory)).toBe(false);
});

test('a small file system fills up', async () => {
  const ext4 = await withFilesystem('ext4', { sizeMib: 8 });
  try {
    await expect(writeFile(join(ext4.directory, 'big'), Buffer.alloc(9 * 1024 * 1024))).rejects.toThrow('ENOSPC');
  } finally {
    await ext4.stop();
  }
});

test('an XFS that mkfs would refuse is refused with its least size', async () => {
  await expect(withFilesystem('xfs', { sizeMib: 64 })).rejects.toThrow('at least 300 MiB');
});
