import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const one = () => new SampleLog().add('volume', sample.volumeId(1), sample.requested(1));
const rowOf = (log: SampleLog) => given(log).volumes.get({ id: sample.volumeId(1) });
const usageOf = (log: SampleLog) => given(log).projectUsage.get({ projectId: 'demo' });

test('a requested volume is creating, with all that was asked for', () => {
  expect(rowOf(one())).toMatchObject({
    id: sample.volumeId(1),
    projectId: 'demo',
    status: 'creating',
    sizeGib: 10,
    host: null,
    bootable: false,
    internal: false,
    metadata: { purpose: 'test' },
    requestId: 'req-1',
    createdAt: momentOf(1),
    updatedAt: momentOf(1),
    launchedAt: null,
    deletedAt: null,
  });
});

test('a provisioned volume is available where it was placed, with its decision and image metadata', () => {
  const log = one()
    .add('volume', sample.volumeId(1), sample.placed())
    .add('volume', sample.volumeId(1), sample.provisioned());
  expect(rowOf(log)).toMatchObject({
    status: 'available',
    host: sample.poolA,
    availabilityZone: 'nova',
    bootable: true,
    decision: sample.decision,
    imageMetadata: { image_id: sample.imageId(1) },
    failure: null,
    launchedAt: momentOf(3),
    updatedAt: momentOf(3),
  });
});

test('what is taken over is managing, and error_managing when that fails', () => {
  const source = { kind: 'existing', sourceName: 'lv-7', pool: sample.poolA } as const;
  const log = new SampleLog().add('volume', sample.volumeId(1), sample.requested(1, { source }));
  expect(rowOf(log)).toMatchObject({ status: 'managing' });
  log.add('volume', sample.volumeId(1), sample.placed());
  expect(rowOf(log)).toMatchObject({ status: 'managing' });
  const failed = { failure: sample.failure('source.not_found'), decision: null };
  log.add('volume', sample.volumeId(1), { type: 'VolumeCreateFailed', data: failed });
  expect(rowOf(log)).toMatchObject({ status: 'error_managing', failure: failed.failure });
});

test('a volume into which an image is downloaded says so', () => {
  const log = one()
    .add('volume', sample.volumeId(1), sample.placed())
    .add('volume', sample.volumeId(1), { type: 'VolumeDownloadStarted', data: { pool: sample.poolA } });
  expect(rowOf(log)).toMatchObject({ status: 'downloading', host: sample.poolA });
});

test('a rescheduled volume is creating again, on no host, and remembers what went wrong there', () => {
  const log = one()
    .add('volume', sample.volumeId(1), sample.placed())
    .add('volume', sample.volumeId(1), sample.rescheduled())
    .add('volume', sample.volumeId(1), sample.placed(sample.poolB, 2));
  expect(rowOf(log)).toMatchObject({
    status: 'creating',
    host: sample.poolB,
    placements: [
      { pool: sample.poolA, failure: sample.failure(), rejected: [{ pool: sample.poolB, reason: 'full' }] },
      { pool: sample.poolB, failure: null },
    ],
  });
});

test('a failed create is an error with its reason, and still counts as usage', () => {
  const log = one()
    .add('volume', sample.volumeId(1), sample.placed())
    .add('volume', sample.volumeId(1), sample.createFailed());
  expect(rowOf(log)).toMatchObject({
    status: 'error',
    failure: sample.failure('image.hash_mismatch'),
    placements: [{ pool: sample.poolA, failure: sample.failure('image.hash_mismatch') }],
  });
  expect(usageOf(log)).toMatchObject({ volumes: 1, gigabytes: 10 });
});

test('a volume for which no pool was found is an error and has no host', () => {
  const log = one().add('volume', sample.volumeId(1), {
    type: 'VolumePlacementFailed',
    data: { failure: sample.failure('placement.no_valid_backend'), rejected: [] },
  });
  expect(rowOf(log)).toMatchObject({ status: 'error', host: null, placements: [{ pool: null }] });
});

test('a deletion that fails shows as error_deleting and may be asked for again', () => {
  const log = one()
    .add('volume', sample.volumeId(1), sample.placed())
    .add('volume', sample.volumeId(1), sample.provisioned())
    .add('volume', sample.volumeId(1), sample.deletionRequested)
    .add('volume', sample.volumeId(1), sample.deletionFailed);
  expect(rowOf(log)).toMatchObject({ status: 'error_deleting', failure: sample.failure() });
  expect(rowOf(log.add('volume', sample.volumeId(1), sample.deletionRequested))).toMatchObject({ status: 'deleting' });
});

test('a deleted volume keeps its row, to be explained, and no longer counts', () => {
  const log = one().add('volume', sample.volumeId(1), sample.deletionRequested, sample.deleted);
  expect(rowOf(log)).toMatchObject({ status: 'deleted', deletedAt: momentOf(2) });
  expect(usageOf(log)).toMatchObject({ volumes: 0, gigabytes: 0 });
});

test('usage adds up a project’s volumes', () => {
  const log = one().add('volume', sample.volumeId(2), sample.requested(2, { sizeGib: 5 }));
  expect(usageOf(log)).toMatchObject({ volumes: 2, gigabytes: 15 });
});

test('what is reserved for a volume is to be given back with its first fact, once', () => {
  const rows = given(one().add('volume', sample.volumeId(1), sample.placed()));
  expect(rows.takeFulfilled()).toEqual([sample.volumeId(1)]);
  expect(rows.takeFulfilled()).toEqual([]);
});
