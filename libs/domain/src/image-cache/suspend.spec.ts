import { after, cached } from '../testing/decided-cache';
import { owedChores } from './chores';
import { claim, complete, imageOf, minutesLater, suspend } from './image-cache.examples';

describe('J.j: an image that cannot be used', () => {
  test('has its entry suspended: it serves nobody, and no other is made', () =>
    after(...cached(1, 1), suspend(1))
      .when(claim(2, 1))
      .thenRefused('image-cache.suspended'));
  test('has it resumed: the same copy serves again', () =>
    after(...cached(1, 1), suspend(1), { do: 'ResumeImage', imageId: imageOf(1).id, at: minutesLater(9) })
      .when(claim(2, 1))
      .thenTypes('leased'));
  test('is suspended once for a cause, and again for a worse one', () => {
    after(...cached(1, 1), suspend(1))
      .when(suspend(1))
      .thenNothing();
    after(...cached(1, 1), suspend(1))
      .when(suspend(1, 'deleted'))
      .thenTypes('suspended');
  });
  test('lets clones that run go on', () => after(claim(1, 1), complete(1), suspend(1)).when(claim(1, 1)).thenNothing());
  test('while it is filled, gives nobody a lease when that ends: filler and joiners hear why', () => {
    const filled = after(claim(1, 1), claim(2, 1), suspend(1)).when(complete(1));
    filled.thenTypes('create', 'released');
    for (const volume of [1, 2]) {
      after(claim(1, 1), claim(2, 1), suspend(1), complete(1))
        .when(claim(volume, 1))
        .thenRefused('image-cache.suspended');
    }
    after(claim(1, 1), suspend(1)).when(claim(3, 1)).thenRefused('image-cache.suspended');
  });
  test('keeps the grace period that runs, whether it is said to be deleted or out of sight; a deactivated one has a new one', () => {
    const later = (cause: 'deleted' | 'hidden') => ({ ...suspend(1, cause), at: minutesLater(30) });
    const since = (at: string) => expect.objectContaining({ data: expect.objectContaining({ at }) as unknown });
    const begun = (suspend(1, 'deleted') as { at: string }).at;
    after(...cached(1, 1), suspend(1, 'deleted'))
      .when(later('hidden'))
      .then(since(begun));
    after(...cached(1, 1), suspend(1, 'hidden'), later('deleted'))
      .when({ ...suspend(1, 'hidden'), at: minutesLater(60) })
      .then(since(begun));
    after(...cached(1, 1), suspend(1, 'deactivated'))
      .when(later('deleted'))
      .then(since(minutesLater(30)));
  });
  test('of which there is no entry leaves no fact', () => after().when(suspend(1)).thenNothing());
  test('has no grace while it is only deactivated', () => {
    const late = { now: minutesLater(10_000), graceSeconds: 3_600 };
    const owed = (cause: 'deactivated' | 'deleted') =>
      owedChores(after(...cached(1, 1), suspend(1, cause)).state, () => true, late);
    expect(owed('deactivated')).toEqual([]);
    expect(owed('deleted')).toEqual([{ do: 'expire-grace', count: 1 }]);
  });
});
