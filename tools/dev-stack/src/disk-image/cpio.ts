// cpio archives of the "new ASCII" kind, as the kernel unpacks an initramfs (its Documentation/driver-api/early-userspace/buffer-format).

/** A file, a folder or a device of an archive. */
export type CpioEntry =
  | { readonly path: string; readonly kind: 'directory' }
  | { readonly path: string; readonly kind: 'file'; readonly content: Buffer; readonly isProgram?: boolean }
  | { readonly path: string; readonly kind: 'character-device'; readonly major: number; readonly minor: number };

const typeBits = { directory: 0o040000, file: 0o100000, 'character-device': 0o020000 };

/**
 * Packs entries in the order given, so a folder has to stand before what lies in it. Everything belongs to root and is of the
 * year 1970: equal entries make equal bytes.
 */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const pieces = entries.map((entry, index) => packEntry(entry, index + 1));
  return Buffer.concat([...pieces, packRecord('TRAILER!!!', { inode: 0, mode: 0, links: 1 })]);
}

function packEntry(entry: CpioEntry, inode: number): Buffer {
  const mode = typeBits[entry.kind] | permissionsOf(entry);
  const links = entry.kind === 'directory' ? 2 : 1;
  switch (entry.kind) {
    case 'directory':
      return packRecord(entry.path, { inode, mode, links });
    case 'file':
      return packRecord(entry.path, { inode, mode, links, content: entry.content });
    case 'character-device':
      return packRecord(entry.path, { inode, mode, links, device: entry });
  }
}

function permissionsOf(entry: CpioEntry): number {
  if (entry.kind === 'directory') return 0o755;
  if (entry.kind === 'character-device') return 0o600;
  return entry.isProgram ? 0o755 : 0o644;
}

interface RecordFields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly content?: Buffer;
  readonly device?: { readonly major: number; readonly minor: number };
}

/** A header of 6 + 13 × 8 characters, the name with its zero, the content; both padded to four bytes. */
function packRecord(
  path: string,
  { inode, mode, links, content = Buffer.alloc(0), device = { major: 0, minor: 0 } }: RecordFields,
): Buffer {
  const name = Buffer.from(`${path}\0`);
  const [user, group, time, checksum, major, minor] = [0, 0, 0, 0, 0, 0];
  const fields = [inode, mode, user, group, links, time, content.length, major, minor];
  const header = [...fields, device.major, device.minor, name.length, checksum]
    .map((field) => field.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
  return Buffer.concat([padded(Buffer.concat([Buffer.from(`070701${header}`), name])), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
