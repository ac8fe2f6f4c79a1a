import { z } from 'zod';

const baseFields = [
  ...[
    'id',
    'name',
    'status',
    'visibility',
    'owner',
    'protected',
    'os_hidden',
    'checksum',
    'os_hash_algo',
    'os_hash_value',
  ],
  ...[
    'size',
    'virtual_size',
    'disk_format',
    'container_format',
    'min_disk',
    'min_ram',
    'tags',
    'created_at',
    'updated_at',
  ],
  ...['file', 'self', 'schema', 'stores', 'direct_url', 'locations'],
];

const properties = z
  .record(z.string().min(1).max(255), z.string())
  .refine((record) => !Object.keys(record).some((key) => baseFields.includes(key) || key.startsWith('os_glance_')), {
    message: 'a property bears the name of a field of the image or begins with os_glance_',
  });

/** What `<image file>.json` may say about an image; everything else follows from the file. Unknown keys are refused. */
export const sidecarSchema = z.strictObject({
  id: z.uuid().optional(),
  name: z.string().max(255).optional(),
  disk_format: z.enum(['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']).optional(),
  container_format: z.enum(['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed']).optional(),
  visibility: z.enum(['public', 'private', 'shared', 'community']).optional(),
  owner: z.string().max(255).optional(),
  /** Projects that may see a shared image. */
  members: z.array(z.string().max(255)).optional(),
  /** `queued`, `saving`, `importing` and `killed`: the image has no data yet, whatever the file holds. */
  status: z.enum(['active', 'deactivated', 'queued', 'saving', 'importing', 'killed']).optional(),
  protected: z.boolean().optional(),
  os_hidden: z.boolean().optional(),
  min_disk: z.int().min(0).max(2_147_483_647).optional(),
  min_ram: z.int().min(0).max(2_147_483_647).optional(),
  tags: z.array(z.string().max(255)).max(128).optional(),
  properties: properties.optional(),
});

export type Sidecar = z.infer<typeof sidecarSchema>;

/** Reads a sidecar's text. Throws an error that names every wrong field. */
export function parseSidecar(text: string): Sidecar {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`it is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = sidecarSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`).join('; '),
  );
}
