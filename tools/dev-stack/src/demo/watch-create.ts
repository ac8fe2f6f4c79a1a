import { notices, speaksOf } from './seen';
import type { WatchedCreate } from './timeline';
import type { VolumeApi, VolumeAsked } from './volume-api';
import type { Watch } from './watch-stack';

export interface CreateToWatch {
  readonly title: string;
  readonly asked: VolumeAsked;
  /** How long the create may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Creates a volume from an image and watches until it is available and the outside was told so. Throws with the reason when
 * the create fails.
 */
export async function watchCreate(api: VolumeApi, watch: Watch, create: CreateToWatch): Promise<WatchedCreate> {
  const { title, asked, timeoutMs = 600_000 } = create;
  const before = watch.seen.length;
  const requestedAtMs = performance.now();
  const { id: volumeId } = await api.create(asked);
  const answeredAtMs = performance.now();
  const end = await watch.untilEnd(volumeId, timeoutMs);
  const { event, decision } = end;
  if (event.type !== 'VolumeProvisioned' || !decision) {
    const { failure } = event.data as { failure?: { code: string; reason: string; detail?: string } };
    const words = failure ? `${failure.code}: ${failure.reason} ${failure.detail ?? ''}`.trim() : event.type;
    throw new Error(`volume ${volumeId} was not created: ${words}`);
  }
  const told = decision.outcome === 'miss' ? 'miss' : decision.outcome === 'bypass' ? 'bypass' : 'hit';
  for (const type of [`image_volume_cache.${told}`, 'volume.create.end']) {
    await watch.until(
      (seen) => notices(seen, type).find((one) => speaksOf(one, [volumeId])),
      `the outward event ${type} for volume ${volumeId}`,
      30_000,
    );
  }
  const ids = [volumeId, ...(decision.entry && decision.outcome === 'miss' ? [decision.entry.imageVolumeId] : [])];
  const seen = watch.seen.slice(before).filter((one) => speaksOf(one, ids));
  return { title, volumeId, requestedAtMs, answeredAtMs, availableAtMs: end.atMs, decision, seen };
}
