import { fillPhases } from '@hearth/contracts';
import { z } from 'zod';

/** All types of notices there are. Names as in Cinder where it has them. */
export const noticeTypes = [
  'volume.create.start',
  'volume.create.end',
  'volume.create.error',
  'volume.download.start',
  'volume.download.progress',
  'volume.delete.start',
  'volume.delete.end',
  'image_volume_cache.hit',
  'image_volume_cache.miss',
  'image_volume_cache.create',
  'image_volume_cache.evict',
  'image_volume_cache.corrupt',
  'image_volume_cache.fill.start',
  'image_volume_cache.fill.progress',
  'image_volume_cache.fill.end',
  'image_volume_cache.bypass',
] as const;
export type NoticeType = (typeof noticeTypes)[number];

/** A fact as outsiders are told of it: the type, the subject and the data of a CloudEvent. */
export interface Notice {
  readonly type: NoticeType;
  /** What it is about: the id of a volume or of an image. */
  readonly subject: string;
  /** Fits the schema of its type. */
  readonly data: NoticeData;
}

export type NoticeData = Readonly<Record<string, unknown>>;

/** What a notice says of the fact behind it. */
export interface FactContext {
  /** The API request that led to it. */
  readonly requestId: string | null;
  /** ISO 8601 in UTC. */
  readonly occurredAt: string;
}

/** What every notice says: whose it is, what it is, whose request led to it, and when it came about. */
export const commonFields = {
  project_id: z
    .string()
    .nullable()
    .describe('owner; null only for an image-volume whose beginning the log no longer holds'),
  user_id: z.string().nullable().describe('who asked for it; null as for project_id'),
  volume_id: z.uuid(),
  size_gib: z.int().min(1).nullable().describe('GiB as the client asked for them; null as for project_id'),
  volume_type: z.string().nullable().describe('name of the volume type; null for image-volumes, which have none'),
  request_id: z.string().nullable().describe('API request that led to it; null where it was not passed on'),
  occurred_at: z.iso.datetime().describe('when it was decided: the time of the fact, not of the message'),
  internal: z.boolean().describe('true for image-volumes, which the cache owns: leave them out when you bill tenants'),
};

/** What a notice of progress says beside whom it is about. */
export const progressFields = {
  phase: z.enum(fillPhases).describe('from the image service, conversion, or from another host'),
  percent: z.int().min(0).max(100).describe('of the phase'),
  bytes_done: z.int().min(0),
  bytes_total: z.int().min(0).describe('bytes of the phase'),
  started_at: z.iso.datetime().describe('when the fill began'),
};
