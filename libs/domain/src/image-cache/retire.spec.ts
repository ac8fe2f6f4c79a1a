import { after, cached } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import { claim, complete, generationOf, imageOf, minutesLater, pin, settle, suspend } from './image-cache.examples';
import { entryOf } from './image-cache.state';

describe('an entry that is in use', () => {
  const two = [...cached(1, 1), ...cached(2, 2)];
  test('is deleted only where that is meant', () => {
    const retire = (ifIdle: boolean): ImageCacheCommand => ({
      ...{ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', ifIdle },
    });
    after(claim(1, 1), complete(1)).when(retire(true)).thenRefused('image-cache.entry_leased');
    after(claim(1, 1), complete(1)).when(retire(false)).thenTypes('evict');
    after(...two)
      .when(retire(true))
      .thenTypes('evict');
  });
});

describe('P12: an entry that is to go unless it is pinned', () => {
  const retire: ImageCacheCommand = {
    ...{ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', ifIdle: true, unlessPinned: true },
  };
  test('goes while it is not', () =>
    after(...cached(1, 1))
      .when(retire)
      .thenTypes('evict'));
  test('stays when somebody was quicker with a pin', () =>
    after(...cached(1, 1), pin(1))
      .when(retire)
      .thenNothing());
});

describe('an entry that is to go if it is still so', () => {
  const then = entryOf(after(...cached(1, 1), suspend(1, 'deleted')).state, generationOf(1))!;
  const retire: ImageCacheCommand = { do: 'RetireEntry', generation: generationOf(1), reason: 'manual', ifStill: then };
  const resume: ImageCacheCommand = { do: 'ResumeImage', imageId: imageOf(1).id, at: minutesLater(1) };
  const suspended = [...cached(1, 1), suspend(1, 'deleted')];
  test('goes while nothing has changed', () =>
    after(...suspended)
      .when(retire)
      .thenTypes('evict'));
  test.each<[string, ImageCacheCommand[]]>([
    ['resumed', [resume]],
    ['resumed, and suspended anew', [resume, { ...suspend(1, 'deleted'), at: minutesLater(2) }]],
    ['suspended for another cause', [suspend(1, 'deactivated')]],
    ['resumed and used', [resume, claim(2, 1), settle(2), suspend(1, 'deleted')]],
  ])('stays when it was %s meanwhile', (_what, meanwhile) =>
    after(...suspended, ...meanwhile)
      .when(retire)
      .thenNothing(),
  );
});
