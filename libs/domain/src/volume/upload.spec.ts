import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  deletionRequested,
  exampleImage,
  examplePool,
  exampleRequest,
  exampleUpload,
  failed,
  made,
  statusReset,
} from './volume.examples';
import { owedSteps } from './volume.next-step';

const { userId } = exampleRequest;
const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const uploading: VolumeEvent = { type: 'VolumeUploadRequested', data: exampleUpload };

describe('uploading', () => {
  const report: VolumeCommand = {
    do: 'RecordUploaded',
    imageId: exampleUpload.imageId,
    method: 'upload',
    bytesUploaded: 9,
  };
  test('leaves the volume as it was, whether it succeeds or fails', () => {
    for (const before of [[], attached()] as const) {
      const { label } = volume(...before).state as { label: string };
      const failing: VolumeEvent = { type: 'VolumeUploadFailed', data: { imageId: exampleUpload.imageId, failure } };
      expect(volume(...before, uploading, failing).state).toMatchObject({ label, work: undefined });
    }
    volume(uploading).when(report).thenTypes('VolumeUploaded');
  });
  test('of another image is not ended by its report', () =>
    volume({ ...uploading, data: { ...exampleUpload, imageId: exampleImage.id } })
      .when(report)
      .thenRefused('volume.work_ended'));
});

describe('an upload that is given up', () => {
  const { imageId } = exampleUpload;
  const settle: VolumeCommand = { do: 'RecordUploadSettled', imageId };
  const settled: VolumeEvent = { type: 'VolumeUploadSettled', data: { imageId } };
  const reset = volume(uploading, statusReset('available'));
  const deleting = volume(uploading, deletionRequested());

  test('leaves the record of its image to be seen to, whether the status is reset or the volume deleted', () => {
    expect(owedSteps(reset.state)).toMatchObject([{ do: 'settle-upload', pool: examplePool, imageId }]);
    volume(uploading).when({ do: 'DeleteVolume', userId, force: true }).thenTypes('VolumeDeletionRequested');
    expect(owedSteps(deleting.state)).toMatchObject([{ do: 'settle-upload', pool: examplePool, imageId }]);
  });
  test('is seen to before the volume goes', () => {
    deleting.when(settle).then(settled);
    const after = volume(uploading, deletionRequested(), settled);
    expect(owedSteps(after.state)).toMatchObject([{ do: 'delete-from-pool' }]);
    after.when(settle).thenNothing();
  });
  test('is not forgotten with a deletion that is given up in its turn', () =>
    expect(owedSteps(volume(uploading, deletionRequested(), statusReset('error')).state)).toMatchObject([
      { do: 'settle-upload', imageId },
    ]));
  test('is not reported as if it went on', () =>
    reset.when({ do: 'RecordUploadFailure', imageId, failure }).thenRefused('volume.work_ended'));
  test('keeps the volume from being let go', () => {
    reset.when({ do: 'Unmanage' }).thenRefused('volume.busy');
    volume(uploading, statusReset('available'), settled).when({ do: 'Unmanage' }).thenTypes('VolumeUnmanaged');
  });
  test('of another image begins with a record of its own', () => {
    const other = { ...exampleUpload, imageId: exampleImage.id };
    const again = volume(uploading, statusReset('available'), { type: 'VolumeUploadRequested', data: other });
    expect(owedSteps(again.state)).toMatchObject([
      { do: 'upload', upload: other },
      { do: 'settle-upload', imageId },
    ]);
  });
});
