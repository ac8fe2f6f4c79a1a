import { defaultCacheRules } from '@hearth/contracts';
import { after, cached, evictedIn } from '../testing/decided-cache';
import { owedChores } from './chores';
import type { ImageCacheCommand } from './image-cache.commands';
import {
  actor,
  beginFill,
  claim,
  complete,
  fail,
  minutesLater,
  pin,
  requestPrefetch,
  switchOff,
} from './image-cache.examples';
import type { PruneRule } from './steward.commands';

describe('a cache that is switched off', () => {
  test('serves no new create, makes nothing, and says so', () => {
    after(...cached(1, 1), switchOff('stay'))
      .when(claim(2, 1))
      .thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(claim(2, 1)).thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(beginFill(2, 1)).thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(requestPrefetch(1, 1)).thenRefused('image-cache.switched_off');
  });
  test('serves those who had joined before with what is there', () =>
    after(claim(1, 1), claim(2, 1), switchOff('drain'), complete(1)).when(claim(2, 1)).thenTypes('leased'));
  test('makes nothing for those whose fill has failed', () =>
    after(claim(1, 1), claim(2, 1), switchOff('stay'), fail(1, true))
      .when(claim(2, 1))
      .thenRefused('image-cache.switched_off'));
  test('keeps what is ready, or drains it, pins excepted, as was chosen', () => {
    const two = [...cached(1, 1), ...cached(2, 2), pin(2)];
    const rule: PruneRule = { kind: 'ageing', ...defaultCacheRules };
    const prune: ImageCacheCommand = { do: 'Prune', rule, evictionsMax: 10, at: minutesLater(1) };
    after(...two, switchOff('stay'))
      .when(prune)
      .thenNothing();
    expect(evictedIn(after(...two, switchOff('drain')).when(prune))).toEqual([[1, 'drained']]);
    expect(owedChores(after(...two, switchOff('drain')).state, () => true)).toEqual([{ do: 'drain', count: 1 }]);
    expect(owedChores(after(...two, switchOff('drain'), prune).state, () => true)).toEqual([
      expect.objectContaining({ do: 'reap' }),
    ]);
  });
  test('is switched on again and serves what stayed', () => {
    const on: ImageCacheCommand = { do: 'SwitchOn', by: actor, at: minutesLater(5) };
    after(...cached(1, 1), switchOff('stay'), on)
      .when(claim(2, 1))
      .thenTypes('leased');
    after().when(on).thenNothing();
    after(switchOff('stay')).when(switchOff('stay')).thenNothing();
    after(switchOff('stay')).when(switchOff('drain')).thenTypes('switched-off');
  });
});
