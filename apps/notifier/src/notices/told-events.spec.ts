import { categories, type ImageCacheEvent, type VolumeEvent } from '@hearth/contracts';
import {
  cachePool,
  createFailed,
  deleted,
  deletionFailed,
  deletionRequested,
  exampleRequest,
  failed,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  provisioned,
  requested,
  rescheduled,
  volumeOf,
} from '@hearth/domain/testing';
import { noticeSchemas } from './catalogue';
import type { Notice } from './notice';
import {
  occurredAt,
  use,
  entry,
  toldOf,
  ofVolume,
  ofPool,
  onPool,
  created,
  fillFailed,
  verification,
  verifyFailed,
  downloadStarted,
  volumeId,
} from '../testing/told';
import { ownerOf } from '../facts/volume-owner';
import { noticesOfCache } from './cache.notices';
import { noticesOfVolume } from './volume.notices';

/** What events lead to, by category and type; each is here or among those of which nothing is told. */
const told: Readonly<
  Record<string, Readonly<Record<string, readonly [() => Promise<readonly Notice[]>, readonly string[]]>>>
> = {
  volume: {
    VolumeRequested: [() => ofVolume(requested()), ['volume.create.start']],
    VolumePlaced: [() => ofVolume(...onPool), []],
    VolumePlacementFailed: [
      () =>
        ofVolume(requested(), {
          type: 'VolumePlacementFailed',
          data: { failure: failed('placement.no_valid_backend'), rejected: [] },
        }),
      ['volume.create.error'],
    ],
    VolumeRescheduled: [() => ofVolume(...onPool, rescheduled()), []],
    VolumeDownloadStarted: [() => ofVolume(...onPool, downloadStarted), ['volume.download.start']],
    VolumeProvisioned: [() => ofVolume(...onPool, provisioned()), ['volume.create.end']],
    VolumeCreateFailed: [() => ofVolume(...onPool, createFailed()), ['volume.create.error']],
    VolumeDeletionRequested: [() => ofVolume(...onPool, deletionRequested()), ['volume.delete.start']],
    VolumeDeleted: [() => ofVolume(...onPool, deleted()), ['volume.delete.end']],
    VolumeDeletionFailed: [() => ofVolume(...onPool, deletionFailed()), []],
  },
  'image-cache': {
    'fill-started': [() => ofPool(fillStarted(1, 1)), ['volume.create.start', 'image_volume_cache.fill.start']],
    'fill-sized': [() => ofPool({ type: 'fill-sized', data: { generation: generationOf(1), sizeGib: 3 } }), []],
    joined: [() => ofPool({ type: 'joined', data: { generation: generationOf(1), volumeId: volumeOf(2) } }), []],
    identified: [
      () =>
        ofPool(fillStarted(1, 1), {
          type: 'identified',
          data: { generation: generationOf(1), image: imageOf(1), content: 'sha512:00@1' },
        }),
      [],
    ],
    create: [
      () => ofPool(fillStarted(1, 1), created),
      ['image_volume_cache.create', 'volume.create.end', 'image_volume_cache.fill.end'],
    ],
    'fill-failed': [
      () => ofPool(fillStarted(1, 1), fillFailed),
      ['volume.create.error', 'volume.delete.start', 'image_volume_cache.fill.end'],
    ],
    released: [() => ofPool({ type: 'released', data: { generation: generationOf(1), volumeIds: [] } }), []],
    leased: [
      () => ofPool({ type: 'leased', data: { generation: generationOf(1), volumeId: volumeOf(2), outcome: 'hit' } }),
      [],
    ],
    'lease-ended': [
      () => ofPool({ type: 'lease-ended', data: { generation: generationOf(1), volumeId: volumeOf(2), reason: 'x' } }),
      [],
    ],
    hit: [() => ofPool(fillStarted(1, 1), { type: 'hit', data: { ...use, joined: true } }), ['image_volume_cache.hit']],
    miss: [
      () => ofPool(fillStarted(1, 1), { type: 'miss', data: { ...use, failed: false } }),
      ['image_volume_cache.miss'],
    ],
    evict: [
      () => ofPool(fillStarted(1, 1), { type: 'evict', data: { ...entry, reason: 'lru' } }),
      ['image_volume_cache.evict', 'volume.delete.start'],
    ],
    verified: [() => ofPool(fillStarted(1, 1), created, { type: 'verified', data: verification }), []],
    'verify-failed': [() => ofPool(fillStarted(1, 1), created, verifyFailed), ['image_volume_cache.corrupt']],
    reaped: [
      () =>
        ofPool(fillStarted(1, 1), {
          type: 'reaped',
          data: { generation: generationOf(1), imageVolumeId: imageVolumeOf(1), sizeGib: 2 },
        }),
      ['volume.delete.end'],
    ],
  },
  service: {
    ServiceEnabled: [async () => [], []],
    ServiceDisabled: [async () => [], []],
    CacheSettingsReported: [async () => [], []],
  },
};

/** Of these outsiders are told nothing, whatever is in them. */
const untold: Readonly<Record<string, readonly string[]>> = {
  volume: [
    'VolumeUpdated',
    'VolumeMetadataSet',
    'VolumeImageMetadataSet',
    'VolumeBootableSet',
    'VolumeReadOnlySet',
    'VolumeStatusReset',
    'VolumeRetyped',
    'VolumeExtensionRequested',
    'VolumeExtended',
    'VolumeExtensionFailed',
    'VolumeRevertRequested',
    'VolumeReverted',
    'VolumeRevertFailed',
    'VolumeUploadRequested',
    'VolumeUploaded',
    'VolumeUploadFailed',
    'VolumeUploadSettled',
    'VolumeReimageRequested',
    'VolumeReimaged',
    'VolumeReimageFailed',
    'VolumeTransferCreated',
    'VolumeTransferAccepted',
    'VolumeTransferDeleted',
    'VolumeUnmanaged',
    'SnapshotRequested',
    'SnapshotCreated',
    'SnapshotCreateFailed',
    'SnapshotUpdated',
    'SnapshotMetadataSet',
    'SnapshotStatusReset',
    'SnapshotDeletionRequested',
    'SnapshotDeleted',
    'SnapshotDeletionFailed',
    'SnapshotUnmanaged',
    'VolumeAttachmentReserved',
    'VolumeAttachmentConnectRequested',
    'VolumeAttachmentConnected',
    'VolumeAttachmentConnectFailed',
    'VolumeAttachmentCompleted',
    'VolumeAttachmentDisconnectRequested',
    'VolumeAttachmentDisconnected',
    'VolumeAttachmentDisconnectFailed',
    'VolumeAttachmentRemoved',
    'VolumeReserved',
    'VolumeUnreserved',
    'VolumeDetachBegun',
    'VolumeDetachRolledBack',
  ],
  'image-cache': [
    'suspended',
    'resumed',
    'pinned',
    'unpinned',
    'switched-off',
    'switched-on',
    'asked',
    'prefetch-requested',
    'prefetch-cancelled',
    'prefetch-ended',
    'dependants-counted',
    'size-corrected',
    'orphan-removed',
  ],
  'cache-policy': ['defined', 'removed'],
};

test.each(Object.entries(categories))(
  'each event of %s is told, or is one of those that are not',
  (category, { events }) => {
    const listed = [...Object.keys(told[category] ?? {}), ...(untold[category] ?? [])];
    expect(listed.sort()).toEqual(Object.keys(events).sort());
  },
);

const rowsOf = <Row>(table: Readonly<Record<string, Readonly<Record<string, Row>>>>) =>
  Object.entries(table).flatMap(([category, rows]) =>
    Object.entries(rows).map(([type, row]) => [category, type, row] as const),
  );

test.each(rowsOf(told))(
  '%s: what outsiders are told of %s fits the published schemas',
  async (_category, _type, row) => {
    const [notices, types] = row;
    const found = await notices();
    expect(found.map(({ type }) => type)).toEqual(types);
    for (const { type, data } of found) noticeSchemas[type].strict().parse(data);
  },
);

describe('nothing is told', () => {
  const fact = { requestId: 'req-1', occurredAt };
  const owner = ownerOf(exampleRequest);

  test.each(untold.volume!)('of %s', (type) => {
    expect(noticesOfVolume(volumeId, { type, data: {} } as VolumeEvent, owner, fact)).toEqual([]);
  });

  test.each(untold['image-cache']!)('of %s in a pool', (type) => {
    expect(noticesOfCache(cachePool, { type, data: {} } as ImageCacheEvent, new Map(), fact)).toEqual([]);
  });

  test.each(untold['cache-policy']!)('of a policy that is %s', async (type) => {
    const stream = { category: 'cache-policy', id: volumeId } as const;
    expect(await toldOf(stream, { type, data: {} } as never)).toEqual([]);
  });
});
