import { after } from '../testing/decided-cache';
import { claim, complete, fail, generationOf, minutesLater, pin, settle } from './image-cache.examples';

describe('I.53: admission by the second request', () => {
  const first = (volume: number, minutes = 0) =>
    claim(volume, 1, { admissionWindowSeconds: 3_600, at: minutesLater(minutes) });
  test('notes the first, which is refused when it asks again', () => {
    after().when(first(1)).thenTypes('asked');
    after(first(1)).when(first(1)).thenRefused('image-cache.not_admitted');
  });
  test('makes the entry at the second, within the window', () => {
    after(first(1)).when(first(2, 60)).thenTypes('fill-started');
    after(first(1)).when(first(2, 61)).thenTypes('asked');
  });
  test('counts anew once the entry is gone', () =>
    after(first(1), first(2), complete(1), settle(2), {
      do: 'RetireEntry',
      generation: generationOf(1),
      reason: 'manual',
    })
      .when(first(3))
      .thenTypes('asked'));
  test('does not keep a pinned image waiting', () => after(pin(1)).when(first(1)).thenTypes('fill-started'));
  test('is not asked of who waits for an entry already', () =>
    after(claim(1, 1), claim(2, 1), fail(1, true)).when(first(2)).thenTypes('fill-started'));
});
