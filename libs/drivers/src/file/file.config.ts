import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { configOf } from '../parse-config';

const absolutePath = z.string().refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path');
const port = z.int().min(1).max(65_535);

const nbdSchema = z
  .strictObject({
    /** Where sockets and the files that tell of running servers lie: on this host, gone or not after a restart of it; made when missing. */
    runDirectory: absolutePath,
    /** `unix`: a socket in `runDirectory`, for this host alone. `tcp`: a port of the range, without encryption or login. */
    transport: z.enum(['unix', 'tcp']).default('unix'),
    /** The address to listen on, and the one that clients are told. */
    host: z
      .string()
      .refine((host) => isIP(host) !== 0, 'must be an IP address')
      .refine(
        (host) => !/^(0\.0\.0\.0|[0:]+)$/.test(host),
        'must be an address that clients can reach, not all of them',
      )
      .default('127.0.0.1'),
    /** One port for each connected volume; both ends included. */
    portFirst: port.default(10_809),
    portLast: port.default(11_832),
  })
  .refine(({ portFirst, portLast }) => portFirst <= portLast, { path: ['portLast'], message: 'is before portFirst' });

const fields = z.strictObject({
  /** Where the volumes lie: an absolute path; made when it is missing (its parent must be there). */
  directory: absolutePath,
  /** The pool's name, what follows `#` in `host@backend#pool`. */
  pool: z
    .string()
    .regex(/^[^@#\s]+$/, 'must be a name without @, # and white space')
    .default('default'),
  /** How image-volumes are cloned. `auto`: reflink where the file system has it, else overlay, else copy. */
  cloneMethod: z.enum(['auto', 'reflink', 'overlay', 'copy']).default('auto'),
  /** The most GiB of volumes, as promised to their owners, that may lie here; what is promised can then never outgrow it. */
  maxGib: z.int().min(1).optional(),
  /**
   * Folders in which the image service keeps its files, such as Glance's `filesystem_store_datadir`: a raw image there shares its storage
   * with the volumes that are made of it, where the file system can. Only files that bear an image's id are taken.
   */
  imageDirectories: z.array(absolutePath).default([]),
  /** Refuse to work when nothing is mounted at the directory: otherwise a missing mount looks like an empty pool. */
  requireMount: z.boolean().default(false),
  /** What an attachment is told. `local`: the path of the file, for this host. `nbd`: a URI; `qemu-nbd` serves it. */
  connection: z.enum(['local', 'nbd']).default('local'),
  nbd: nbdSchema.optional(),
});

const schema = fields.refine(({ connection, nbd }) => connection !== 'nbd' || nbd !== undefined, {
  path: ['nbd'],
  message: "is missing: connection 'nbd' needs a runDirectory at least",
});

/** How volumes are served over NBD. */
export type NbdConfig = z.output<typeof nbdSchema>;

export type FileDriverConfig = z.output<typeof schema>;

export const fileConfig = configOf(schema);
