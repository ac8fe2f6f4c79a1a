import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  exampleImage,
  exampleUpload,
  failed,
  made,
  statusReset,
} from './volume.examples';

const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const reimaging: VolumeEvent = { type: 'VolumeReimageRequested', data: { image: exampleImage } };

describe('reimaging', () => {
  const reimaged: VolumeEvent = {
    type: 'VolumeReimaged',
    data: { imageMetadata: { image_id: 'new' }, decision: null },
  };
  test('leaves a reservation, and a volume that boots', () =>
    expect(volume(attachmentReserved(), reimaging, reimaged).state).toMatchObject({
      label: 'reserved',
      details: { bootable: true, imageMetadata: { image_id: 'new' } },
    }));
  test('that failed leaves nothing to rely on', () =>
    expect(volume(reimaging, { type: 'VolumeReimageFailed', data: { failure } }).state).toMatchObject({
      label: 'error',
    }));
  test('with another image is not ended by the report of one that was given up', () => {
    const imageId = exampleUpload.imageId;
    const reports: readonly VolumeCommand[] = [
      { do: 'RecordReimaged', imageId, imageMetadata: {}, decision: null },
      { do: 'RecordReimageFailure', imageId, failure },
    ];
    for (const report of reports) volume(reimaging).when(report).thenRefused('volume.work_ended');
  });
  test('is not of what is attached, whatever its status was set to', () =>
    volume(...attached(), statusReset('error'))
      .when({ do: 'Reimage', image: exampleImage, reserved: true })
      .thenRefused('volume.is_attached'));
});
