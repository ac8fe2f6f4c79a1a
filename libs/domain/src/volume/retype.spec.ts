import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import { attached, exampleRequest, made } from './volume.examples';

const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);

describe('another type', () => {
  const retype = (patch: object): VolumeCommand => ({
    do: 'Retype',
    volumeType: { ...exampleRequest.volumeType, id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0d', name: 'other', ...patch },
  });
  const encryption = { provider: 'luks', cipher: null, keySize: null, controlLocation: 'front-end' };
  const several = { extraSpecs: { multiattach: '<is> True' } };
  test('is another one', () => volume().when(retype(exampleRequest.volumeType)).thenRefused('volume.same_type'));
  test('that is encrypted otherwise needs other data', () =>
    volume().when(retype({ encryption })).thenRefused('volume.retype_needs_migration'));
  test('whose users would see it must wait until it is not in use', () => {
    volume(...attached())
      .when(retype(several))
      .thenRefused('volume.retype_in_use');
    volume(...attached())
      .when(retype({ qosSpecs: { total_iops_sec: '5' } }))
      .thenRefused('volume.retype_in_use');
    volume(...attached())
      .when(retype({}))
      .thenTypes('VolumeRetyped');
  });
  test('says how many may attach', () => {
    const { decision } = volume().when(retype(several));
    expect(volume(...(decision as never[])).state).toMatchObject({ details: { multiattach: true } });
  });
});
