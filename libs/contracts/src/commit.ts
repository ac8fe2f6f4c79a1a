import { z } from 'zod';
import { instantField } from './fields';

/** The largest commit, in bytes of its JSON; bulk work is several decisions. */
export const commitBytesMax = 512 * 1024;

/**
 * One decision as one message: all its events are stored together or not at all. `id` is also the message's `Nats-Msg-Id`, so
 * that a retried append is harmless.
 */
export const commitSchema = z.object({
  format: z.literal(1),
  id: z.string().min(1),
  /** When it was decided, by the writer's clock. */
  recordedAt: instantField,
  /** The commit or message that led to this one. */
  causationId: z.string().optional(),
  /** The request id that everything which follows from one request shares. */
  correlationId: z.string().optional(),
  /** W3C trace context. */
  traceparent: z.string().optional(),
  events: z.array(z.object({ type: z.string(), version: z.int().min(1), data: z.unknown() })).min(1),
});

export type StoredCommit = Readonly<z.infer<typeof commitSchema>>;
