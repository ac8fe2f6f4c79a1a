import { z } from 'zod';
import { instantField, poolRefField } from '../fields';
import { cacheSettingsSchema } from '../service/cache-settings';

/** What a pool says of itself, as bytes are: GiB as decimal numbers, rounded down where space is free. */
export const poolReportSchema = z.object({
  pool: poolRefField,
  availabilityZone: z.string(),
  totalGib: z.number().min(0),
  freeGib: z.number().min(0),
  /** GiB promised to volumes, written or not. */
  provisionedGib: z.number().min(0),
  thin: z.boolean(),
  /** A thin pool may promise this many times its size. */
  oversubscriptionMax: z.number().min(1),
  reservedPercent: z.number().min(0).max(100),
  /** Free-form facts that extra specs are matched against: `volume_backend_name`, `storage_protocol`, … */
  capabilities: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** How the driver clones here: `reflink`, `overlay`, `copy`, … */
  cloneMethod: z.string(),
  cache: cacheSettingsSchema,
});

export type PoolReport = Readonly<z.infer<typeof poolReportSchema>>;

/** What a volume-manager writes into the liveness bucket under its host, every few seconds. */
export const hostReportSchema = z.object({
  host: z.string().min(1),
  /** A new one at each start of the process. */
  incarnation: z.string().min(1),
  reportedAt: instantField,
  version: z.string(),
  /** Where other hosts may ask it for its copies of images: https, for who has a certificate. Absent: nowhere. */
  peerUrl: z.url({ protocol: /^https$/ }).optional(),
  pools: z.array(poolReportSchema),
  /** Backends that could not be opened, with the reason; they have no pools. */
  down: z.array(z.object({ backend: z.string(), reason: z.string() })),
});

export type HostReport = Readonly<z.infer<typeof hostReportSchema>>;
