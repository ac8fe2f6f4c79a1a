import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import { made } from './volume.examples';

describe('metadata', () => {
  const change = (what: object): VolumeCommand => ({ do: 'ChangeMetadata', change: what }) as VolumeCommand;
  const two = given(volumeDecider, made({ metadata: { a: '1', b: '2' } }));
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
  test('is replaced, merged, or loses a key', () => {
    two.when(change({ set: { c: '3' } })).then({ type: 'VolumeMetadataSet', data: { metadata: { c: '3' } } });
    two.when(change({ merge: { b: '3' } })).then({ type: 'VolumeMetadataSet', data: { metadata: { a: '1', b: '3' } } });
    two.when(change({ remove: 'a' })).then({ type: 'VolumeMetadataSet', data: { metadata: { b: '2' } } });
  });
  test('that is so already is not set again', () => {
    two.when(change({ set: { b: '2', a: '1' } })).thenNothing();
    two.when(change({ merge: {} })).thenNothing();
  });
  test('does not lose a key that it has not, not even one that every object has', () => {
    for (const key of ['c', 'constructor'])
      two.when(change({ remove: key })).thenRefused('volume.metadata_key_not_found');
  });
  test('has 128 keys at most', () => {
    two.when(change({ set: many(128) })).thenTypes('VolumeMetadataSet');
    two.when(change({ set: many(129) })).thenRefused('volume.metadata_full');
    two.when(change({ merge: many(127) })).thenRefused('volume.metadata_full');
  });
});
