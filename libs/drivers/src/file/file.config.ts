import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { configOf } from '../parse-config';

const schema = z.strictObject({
  /** Where the volumes lie: an absolute path; made when it is missing (its parent must be there). */
  directory: z.string().refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path'),
  /** The pool's name, what follows `#` in `host@backend#pool`. */
  pool: z
    .string()
    .regex(/^[^@#\s]+$/, 'must be a name without @, # and white space')
    .default('default'),
  /** How image-volumes are cloned. `auto`: reflink where the file system has it, else overlay, else copy. */
  cloneMethod: z.enum(['auto', 'reflink', 'overlay', 'copy']).default('auto'),
  /** The most GiB of volumes, as promised to their owners, that may lie here; what is promised can then never outgrow it. */
  maxGib: z.int().min(1).optional(),
  /** Refuse to work when nothing is mounted at the directory: otherwise a missing mount looks like an empty pool. */
  requireMount: z.boolean().default(false),
});

export type FileDriverConfig = z.output<typeof schema>;

export const fileConfig = configOf(schema);
