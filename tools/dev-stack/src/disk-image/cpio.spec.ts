import { packCpio } from './cpio';

/** What a reader of the format sees: each record's fields by their places, content by its length. */
function unpack(archive: Buffer) {
  const records = [];
  for (let at = 0; at < archive.length;) {
    const field = (index: number) => parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const [inode, mode, links, size] = [field(0), field(1), field(4), field(6)];
    const [major, minor, nameBytes] = [field(9), field(10), field(11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    const start = (at + 110 + nameBytes + 3) & ~3;
    records.push({ inode, mode, links, major, minor, name, content: archive.toString('utf8', start, start + size) });
    at = (start + size + 3) & ~3;
  }
  return records;
}

test('folders, files, programs and devices are read back, whatever their names and lengths are', () => {
  const archive = packCpio([
    { path: 'bin', kind: 'directory' },
    { path: 'bin/sh', kind: 'file', content: Buffer.from('#!'), isProgram: true },
    { path: 'a', kind: 'file', content: Buffer.from('12345') },
    { path: 'empty', kind: 'file', content: Buffer.alloc(0) },
    { path: 'console', kind: 'character-device', major: 5, minor: 1 },
  ]);
  expect(unpack(archive)).toEqual([
    { inode: 1, mode: 0o040755, links: 2, major: 0, minor: 0, name: 'bin', content: '' },
    { inode: 2, mode: 0o100755, links: 1, major: 0, minor: 0, name: 'bin/sh', content: '#!' },
    { inode: 3, mode: 0o100644, links: 1, major: 0, minor: 0, name: 'a', content: '12345' },
    { inode: 4, mode: 0o100644, links: 1, major: 0, minor: 0, name: 'empty', content: '' },
    { inode: 5, mode: 0o020600, links: 1, major: 5, minor: 1, name: 'console', content: '' },
    { inode: 0, mode: 0, links: 1, major: 0, minor: 0, name: 'TRAILER!!!', content: '' },
  ]);
});
