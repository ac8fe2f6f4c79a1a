import { cacheEvents } from '../../../dev-stack/src/demo/seen';
import { gibToHold, type PlacedImage } from '../../../dev-stack/src/demo/place-image';
import type { BenchStack } from '../bench-stack';
import type { Figure } from '../figures';
import { atOnce, timedCreate } from './timed-create';

export interface BurstOptions {
  readonly warm: PlacedImage;
  readonly cold: PlacedImage;
  readonly count: number;
}

/** Many creates at a time. The warm image is in the cache already. */
export async function measureBursts(stack: BenchStack, { warm, cold, count }: BurstOptions): Promise<Figure[]> {
  const create = (image: PlacedImage) => timedCreate(stack, { imageRef: image.id, sizeGib: gibToHold(image) });
  await create(warm);
  const startedAtMs = performance.now();
  await atOnce(count, 16, () => create(warm));
  const perSecond = (count / (performance.now() - startedAtMs)) * 1000;

  const conflicts = countConflicts(stack);
  await atOnce(count, count, () => create(warm));
  const conflictsOfHits = conflicts.end();

  const before = stack.watch.seen.length;
  const creates = await atOnce(count, count, () => create(cold));
  const fills = cacheEvents(stack.watch.seen.slice(before), 'fill-started').length;
  const fetching = creates.filter(({ decision }) => decision.bytesDownloaded > 0).length;
  return [
    { name: 'hits, 16 at a time', value: perSecond, unit: '/s', goal: { atLeast: 100 }, note: `${count} creates` },
    {
      ...{ name: 'append conflicts, hits at once', value: conflictsOfHits, unit: '', goal: { atMost: 0 } },
      note: `${count} creates at once; refusals counted on the wire`,
    },
    {
      ...{ name: 'downloads, cold image', value: Math.max(fills, fetching), unit: '', goal: { atMost: 1 } },
      note: `${count} creates at once; fills begun and creates that fetched bytes`,
    },
  ];
}

/** The broker refuses an append on an old state with this code. */
const wrongLastSequence = '"err_code":10071';

/** Counts the broker's refusals as they pass by on their way to whoever appended. */
function countConflicts({ watch }: BenchStack): { end(): number } {
  let count = 0;
  const subscription = watch.connection.subscribe('_INBOX.>', {
    callback: (_, message) => {
      if (message.string().includes(wrongLastSequence)) count++;
    },
  });
  return {
    end: () => {
      subscription.unsubscribe();
      return count;
    },
  };
}
