import { z } from 'zod';
import { projectIdField, sizeGibField, userIdField } from '../fields';
import { failureSchema } from './failure';

const snapshotId = z.uuid();

/**
 * What happens to the snapshots of a volume. They stand in the volume's own stream, so that deleting, extending, reverting and
 * attaching a volume are decided against its snapshots in one place.
 */
export const snapshotEvents = {
  SnapshotRequested: {
    version: 1,
    data: z.object({
      snapshotId,
      projectId: projectIdField,
      userId: userIdField,
      name: z.string().nullable(),
      description: z.string().nullable(),
      metadata: z.record(z.string(), z.string()),
      /** The volume's size at that moment, GiB. */
      sizeGib: sizeGibField,
      /** Of a volume in use. */
      force: z.boolean(),
      /** The backend's own snapshot that is taken over; absent for a new one. */
      existing: z.object({ sourceName: z.string() }).optional(),
    }),
  },
  SnapshotCreated: { version: 1, data: z.object({ snapshotId }) },
  SnapshotCreateFailed: { version: 1, data: z.object({ snapshotId, failure: failureSchema }) },
  /** Absent: as it was. */
  SnapshotUpdated: {
    version: 1,
    data: z.object({
      snapshotId,
      name: z.string().nullable().optional(),
      description: z.string().nullable().optional(),
    }),
  },
  /** The whole dictionary as it is from now on. */
  SnapshotMetadataSet: { version: 1, data: z.object({ snapshotId, metadata: z.record(z.string(), z.string()) }) },
  SnapshotStatusReset: { version: 1, data: z.object({ snapshotId, status: z.string() }) },
  /** Of this one alone: those that go with their volume are asked for by the volume's own event. */
  SnapshotDeletionRequested: { version: 1, data: z.object({ snapshotId }) },
  SnapshotDeleted: { version: 1, data: z.object({ snapshotId }) },
  SnapshotDeletionFailed: { version: 1, data: z.object({ snapshotId, failure: failureSchema }) },
  /** Not ours any more; the backend keeps it. */
  SnapshotUnmanaged: { version: 1, data: z.object({ snapshotId }) },
} as const;
