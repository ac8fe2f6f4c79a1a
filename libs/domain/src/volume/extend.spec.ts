import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import { volumeDecider } from './volume.decide';
import { attached, extensionRequested, failed, made, statusReset } from './volume.examples';

const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);

describe('extending', () => {
  test('is to a larger size only', () => {
    for (const toGib of [9, 10]) {
      const { decision } = volume().when({ do: 'Extend', toGib, inUse: false });
      expect(decision).toMatchObject({ refused: 'volume.not_larger', data: { sizeGib: 10, toGib } });
    }
  });
  test('shows when it is done', () => {
    expect(volume(extensionRequested()).state).toMatchObject({ label: 'extending', details: { sizeGib: 10 } });
    volume(extensionRequested()).when({ do: 'RecordExtended', toGib: 20 }).thenTypes('VolumeExtended');
  });
  test('that was given up is not done by a late report', () => {
    volume(extensionRequested(), statusReset('available'))
      .when({ do: 'RecordExtended', toGib: 20 })
      .thenRefused('volume.work_ended');
    for (const late of ['RecordExtended', 'RecordExtensionFailure'] as const) {
      volume(extensionRequested(30)).when({ do: late, toGib: 20, failure }).thenRefused('volume.work_ended');
    }
  });
  test('of a volume in use leaves it in use', () =>
    expect(
      volume(...attached(), extensionRequested(), { type: 'VolumeExtended', data: { toGib: 20 } }).state,
    ).toMatchObject({
      label: 'in-use',
    }));
});
