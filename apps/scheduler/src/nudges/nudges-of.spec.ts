import { categories, type Category, type EventsOf, type ImageCacheEvent } from '@hearth/contracts';
import {
  fillStarted,
  generationOf,
  cachePool,
  volumeOf,
  requested,
  placed,
  deleted,
  deletionRequested,
} from '@hearth/domain/testing';
import type { Commit } from '@hearth/event-sourcing';
import { nudgesOf, type OwedNudge } from './nudges-of';

const volumeId = volumeOf(1);
const store01 = 'store-01@fast#default';

function commit<C extends Category>(category: C, id: string, ...events: readonly EventsOf[C][]): Commit {
  const at = '2026-01-02T03:04:05.000Z';
  return { id: 'c', recordedAt: at, storedAt: at, stream: { category, id }, sequence: 7, events };
}

/** The host of the pool that the volume is on, which the event does not name. */
const itsHost: readonly OwedNudge[] = [{ target: { kind: 'volume', id: volumeId }, pool: undefined }];

/** What an event of each type owes, by category and type: a type that is missing here fails the first test. */
const owed: { readonly [C in Category]: Readonly<Record<EventsOf[C]['type'], readonly OwedNudge[]>> } = {
  volume: {
    VolumeRequested: [],
    VolumePlaced: [{ target: { kind: 'volume', id: volumeId }, pool: store01 as never }],
    VolumePlacementFailed: [],
    VolumeRescheduled: [],
    VolumeDownloadStarted: [],
    VolumeProvisioned: [],
    VolumeCreateFailed: [],
    VolumeDeletionRequested: itsHost,
    VolumeDeleted: [],
    VolumeDeletionFailed: [],
    VolumeUpdated: [],
    VolumeMetadataSet: [],
    VolumeImageMetadataSet: [],
    VolumeBootableSet: [],
    VolumeReadOnlySet: [],
    VolumeStatusReset: itsHost,
    VolumeRetyped: [],
    VolumeExtensionRequested: itsHost,
    VolumeExtended: [],
    VolumeExtensionFailed: [],
    VolumeRevertRequested: itsHost,
    VolumeReverted: [],
    VolumeRevertFailed: [],
    VolumeUploadRequested: itsHost,
    VolumeUploaded: [],
    VolumeUploadFailed: [],
    VolumeUploadSettled: [],
    VolumeReimageRequested: itsHost,
    VolumeReimaged: [],
    VolumeReimageFailed: [],
    VolumeTransferCreated: [],
    VolumeTransferAccepted: [],
    VolumeTransferDeleted: [],
    VolumeUnmanaged: [],
    SnapshotRequested: itsHost,
    SnapshotCreated: [],
    SnapshotCreateFailed: [],
    SnapshotUpdated: [],
    SnapshotMetadataSet: [],
    SnapshotStatusReset: [],
    SnapshotDeletionRequested: itsHost,
    SnapshotDeleted: [],
    SnapshotDeletionFailed: [],
    SnapshotUnmanaged: [],
    VolumeAttachmentReserved: [],
    VolumeAttachmentConnectRequested: itsHost,
    VolumeAttachmentConnected: [],
    VolumeAttachmentConnectFailed: [],
    VolumeAttachmentCompleted: [],
    VolumeAttachmentDisconnectRequested: itsHost,
    VolumeAttachmentDisconnected: [],
    VolumeAttachmentDisconnectFailed: [],
    VolumeAttachmentRemoved: [],
    VolumeReserved: [],
    VolumeUnreserved: [],
    VolumeDetachBegun: [],
    VolumeDetachRolledBack: [],
  },
  'image-cache': {
    'fill-started': [],
    'fill-sized': [],
    joined: [],
    identified: [],
    create: [],
    'fill-failed': [{ target: { kind: 'pool', id: cachePool }, pool: cachePool, ifReapable: generationOf(3) }],
    released: [
      { target: { kind: 'volume', id: volumeOf(8) }, pool: cachePool },
      { target: { kind: 'volume', id: volumeOf(9) }, pool: cachePool },
    ],
    leased: [],
    'lease-ended': [{ target: { kind: 'pool', id: cachePool }, pool: cachePool, ifReapable: generationOf(3) }],
    hit: [{ target: { kind: 'pool', id: cachePool }, pool: cachePool, ifReapable: generationOf(3) }],
    miss: [{ target: { kind: 'pool', id: cachePool }, pool: cachePool, ifReapable: generationOf(3) }],
    evict: [{ target: { kind: 'pool', id: cachePool }, pool: cachePool, ifReapable: generationOf(3) }],
    verified: [],
    'verify-failed': [],
    reaped: [],
    suspended: [],
    resumed: [],
    pinned: [],
    unpinned: [],
    'switched-off': [{ target: { kind: 'pool', id: cachePool }, pool: cachePool }],
    'switched-on': [],
    asked: [],
    'prefetch-requested': [{ target: { kind: 'pool', id: cachePool }, pool: cachePool }],
    'prefetch-cancelled': [{ target: { kind: 'pool', id: cachePool }, pool: cachePool }],
    'prefetch-ended': [],
    'dependants-counted': [],
    'size-corrected': [],
    'orphan-removed': [],
  },
  service: { ServiceEnabled: [], ServiceDisabled: [], CacheSettingsReported: [] },
  'cache-policy': { defined: [], removed: [] },
};

/** Of the data only what the rule looks at. */
const sample = (type: string) =>
  ({ type, data: { pool: store01, generation: generationOf(3), volumeIds: [volumeOf(8), volumeOf(9)] } }) as never;

test.each(
  (Object.keys(categories) as Category[]).flatMap((category) =>
    Object.keys(categories[category].events).map((type) => [category, type] as const),
  ),
)('%s: %s wakes whom it owes work, and nobody else', (category, type) => {
  const ids = { volume: volumeId, 'image-cache': cachePool, service: 'store-01@fast', 'cache-policy': volumeId };
  const id = ids[category];
  const expected = (owed[category] as Record<string, readonly OwedNudge[]>)[type];
  expect(nudgesOf(commit(category, id, sample(type)))).toEqual(expected);
});

test('a target that several events of a commit name is woken once', () => {
  const released: ImageCacheEvent = {
    type: 'released',
    data: { generation: generationOf(1), volumeIds: [volumeOf(1)] },
  };
  expect(nudgesOf(commit('image-cache', cachePool, released, fillStarted(2, 1), released))).toHaveLength(1);
});

test('a volume that never reached a pool and is deleted at once wakes nobody', () => {
  expect(nudgesOf(commit('volume', volumeId, deletionRequested(), deleted()))).toEqual([]);
});

test('a request is placed and not nudged; its placement wakes the host of the pool', () => {
  expect(nudgesOf(commit('volume', volumeId, requested()))).toEqual([]);
  expect(nudgesOf(commit('volume', volumeId, placed()))).toEqual([
    { target: { kind: 'volume', id: volumeId }, pool: store01 },
  ]);
});
