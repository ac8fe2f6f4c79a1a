import { gibToHold, type PlacedImage } from '../../../dev-stack/src/demo/place-image';
import type { BenchStack } from '../bench-stack';
import { type Figure, median } from '../figures';
import { timedCreate, type TimedCreate } from './timed-create';

/** Hits one after the other, of a small and a large image in turn, so that what disturbs one disturbs the other. */
export async function measureHits(
  stack: BenchStack,
  { small, large, count }: { small: PlacedImage; large: PlacedImage; count: number },
): Promise<Figure[]> {
  const create = (image: PlacedImage) => timedCreate(stack, { imageRef: image.id, sizeGib: gibToHold(image) });
  for (const image of [small, large]) await create(image);
  const ofSmall: TimedCreate[] = [];
  const ofLarge: TimedCreate[] = [];
  for (let round = 0; round < count; round++) {
    ofSmall.push(await create(small));
    ofLarge.push(await create(large));
  }
  const all = [...ofSmall, ...ofLarge];
  const strange = all.find(({ decision }) => decision.outcome !== 'hit');
  if (strange) throw new Error(`a hit was measured that was a ${strange.decision.outcome}`);
  const [p50Small, p50Large] = [ofSmall, ofLarge].map((creates) =>
    median(creates.map(({ availableMs }) => availableMs)),
  ) as [number, number];
  const note = `${count} creates, cloned by ${all[0]!.decision.cloneMethod}`;
  return [
    {
      name: 'POST answered, p50',
      value: median(all.map((one) => one.answeredMs)),
      unit: 'ms',
      goal: { atMost: 15 },
      note,
    },
    { name: 'hit, 1 GiB image, p50', value: p50Small, unit: 'ms', goal: { atMost: 40 }, note },
    { name: 'hit, 10 GiB image, p50', value: p50Large, unit: 'ms', goal: { atMost: 40 }, note },
    { name: 'hit, 10 GiB / 1 GiB', value: p50Large / p50Small, unit: 'x', goal: { atMost: 1.2 } },
  ];
}
