import type { Random } from '@hearth/cache-advisor/testing';
import type { VolumeEvent } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';
import type { VolumeRequest } from '@hearth/domain';
import type { PlayedCreate } from '../play/play-pool';

/** A commit of a volume's stream, and when. */
export interface VolumeCommit {
  readonly atMs: number;
  readonly events: readonly VolumeEvent[];
}

/** Of volumes, and how long they live: jobs' are gone soon. */
const shortLived = { ci: 0.9, other: 0.35 };
const lifeMs = { ci: 20 * 60_000, other: 4 * 3_600_000 };

/** The life of the volume of a create, as the api, the scheduler and its host would have recorded it, up to the end of the day. */
export function volumeFacts(
  create: PlayedCreate,
  { pool, endMs, random }: { readonly pool: PoolRef; readonly endMs: number; readonly random: Random },
): readonly VolumeCommit[] {
  const { requestedAtMs, madeAtMs, decision, image, userId } = create;
  const commits: VolumeCommit[] = [
    { atMs: requestedAtMs, events: [{ type: 'VolumeRequested', data: requestOf(create) }] },
    {
      atMs: requestedAtMs + 6,
      events: [{ type: 'VolumePlaced', data: { pool, availabilityZone: 'nova', attempt: 1, rejected: [] } }],
    },
    {
      atMs: Math.max(madeAtMs, requestedAtMs + 9),
      events: [
        {
          type: 'VolumeProvisioned',
          data: { pool, bootable: true, imageMetadata: { image_id: image.id, image_name: image.name ?? '' }, decision },
        },
      ],
    },
  ];
  const kind = create.projectId === 'ci' ? 'ci' : 'other';
  const goneMs = madeAtMs + 1_000 + Math.round(lifeMs[kind] * random());
  if (random() >= shortLived[kind] || goneMs >= endMs) return commits;
  commits.push({ atMs: goneMs, events: [{ type: 'VolumeDeletionRequested', data: { userId } }] });
  commits.push({ atMs: goneMs + 12, events: [{ type: 'VolumeDeleted', data: {} }] });
  return commits;
}

function requestOf({ volumeId, projectId, userId, sizeGib, image, requestId }: PlayedCreate): VolumeRequest {
  return {
    ...{ volumeId, projectId, userId, sizeGib, image, name: `root of ${image.name}`, description: null },
    volumeType: { id: defaultTypeId, name: '__DEFAULT__', extraSpecs: {} },
    ...{ availabilityZone: null, metadata: {}, requestDigest: requestId },
  };
}

/** Any: what is asked of the day is not asked by type. */
const defaultTypeId = '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0c';
