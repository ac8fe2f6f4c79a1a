import { z } from 'zod';
import { instantField } from '../fields';

/** Apps that say that they live, beside the hosts' volume-managers, by the names under which clients of Cinder list services. */
export const serviceBinaries = ['cinder-scheduler', 'hearth-cache-janitor', 'hearth-notifier'] as const;
export type ServiceBinary = (typeof serviceBinaries)[number];

/** What such a process writes into the liveness bucket, every few seconds. */
export const serviceReportSchema = z.object({
  binary: z.enum(serviceBinaries),
  /** The machine that it runs on. */
  host: z.string().min(1),
  /** A new one at each start of the process. */
  incarnation: z.string().min(1),
  reportedAt: instantField,
  version: z.string(),
});

export type ServiceReport = Readonly<z.infer<typeof serviceReportSchema>>;
