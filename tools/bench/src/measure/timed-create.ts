import type { CreateDecision } from '@hearth/contracts';
import type { BenchStack } from '../bench-stack';

/** One create as a client and a subscriber saw it, in milliseconds since the request was sent. */
export interface TimedCreate {
  readonly volumeId: string;
  readonly answeredMs: number;
  readonly availableMs: number;
  readonly decision: CreateDecision;
}

/** Creates a volume and waits until a subscriber has seen the commit that made it available. Throws when it failed. */
export async function timedCreate(
  { api, watch }: Pick<BenchStack, 'api' | 'watch'>,
  asked: { readonly imageRef: string; readonly sizeGib: number; readonly availabilityZone?: string },
): Promise<TimedCreate> {
  const { imageRef, sizeGib: size, availabilityZone: zone } = asked;
  const requestedAtMs = performance.now();
  const { id: volumeId } = await api.create({ size, imageRef, ...(zone !== undefined && { availability_zone: zone }) });
  const answeredMs = performance.now() - requestedAtMs;
  const { atMs, event, decision } = await watch.untilEnd(volumeId, 600_000);
  if (!decision || event.type !== 'VolumeProvisioned') {
    throw new Error(`volume ${volumeId} was not created: ${JSON.stringify(event.data)}`);
  }
  return { volumeId, answeredMs, availableMs: atMs - requestedAtMs, decision };
}

/** Runs `count` pieces of work, so many at a time. */
export async function atOnce<T>(count: number, concurrency: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
  return results;
}
