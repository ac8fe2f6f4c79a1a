import type { ProjectId, UserId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { DatabaseApi } from './database-api';
import { decideFor } from './given-volume';

/** A snapshot of a volume of the member's, available; returns its id. */
export async function givenSnapshot(house: DatabaseApi, volumeId: string, project = 'demo'): Promise<string> {
  const snapshotId = randomUUID();
  const owner = { projectId: project as ProjectId, userId: 'ann' as UserId };
  const snapshot = { snapshotId, ...owner, name: null, description: null, metadata: {} };
  await decideFor(
    house,
    volumeId,
    { do: 'CreateSnapshot', snapshot, force: true },
    { do: 'RecordSnapshotCreated', snapshotId },
  );
  return snapshotId;
}
