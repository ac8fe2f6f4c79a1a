import { fold } from '@hearth/kernel';
import { volumeDecider } from './volume.decide';
import { otherPool, placed, provisioned, requested, rescheduled } from './volume.examples';

const placedVolume = fold(volumeDecider, [requested(), placed()]);

test.each([
  ['that it is made', provisioned(otherPool)],
  ['that it is given back', rescheduled(otherPool)],
  ['that bytes are written into it', { type: 'VolumeDownloadStarted', data: { pool: otherPool } } as const],
])('what a host says of a pool on which the volume is not is not believed: %s', (_what, event) => {
  expect(volumeDecider.evolve(placedVolume, event)).toBe(placedVolume);
});

test('the host of the pool is', () => {
  expect(volumeDecider.evolve(placedVolume, provisioned())).toMatchObject({ status: 'provisioned' });
});
