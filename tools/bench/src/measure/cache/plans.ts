import { evictionPolicies } from '@hearth/contracts';
import { decodeImageCache, encodeImageCache, type ImageCache, planRoom } from '@hearth/domain';
import { type Figure, median } from '../../figures';

const goal = { atMost: 5 } as const;
const rounds = 500;

/** What to give up for a large image in a full cache: the first time after a start, and when the code is warm. */
export function planFigures(cache: ImageCache): Figure[] {
  const { sizeGib: maxSizeGib, count } = cache.usage;
  const note = `${count} entries, ${maxSizeGib} GiB`;
  const saved = JSON.stringify(encodeImageCache(cache));
  return evictionPolicies.flatMap((policy) => {
    const started = decodeImageCache(JSON.parse(saved));
    const plan = (round: number) => {
      const sizeGib = Math.min(maxSizeGib, 1 + (round % 100));
      const beganMs = performance.now();
      const given = planRoom(started, { sizeGib }, { maxSizeGib, maxCount: 0, policy });
      const tookMs = performance.now() - beganMs;
      if (!given?.length) throw new Error(`no room was planned for ${sizeGib} GiB in a full cache`);
      return tookMs;
    };
    const firstMs = plan(99);
    const times = Array.from({ length: rounds }, (_, round) => plan(round)).sort((one, other) => one - other);
    const p99Ms = times[Math.floor(rounds * 0.99)]!;
    const name = `eviction plan, ${policy}`;
    return [
      { name: `${name}, first`, value: firstMs, unit: 'ms', goal, note },
      { name: `${name}, p50`, value: median(times), unit: 'ms', goal, note },
      { name: `${name}, p99`, value: p99Ms, unit: 'ms', goal, note: `${note}, ${rounds} plans for 1 to 100 GiB` },
    ] satisfies Figure[];
  });
}
