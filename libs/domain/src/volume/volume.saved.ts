import { OrderedMap } from './ordered-map';
import type { Attachment, Snapshot, Volume } from './volume.state';

/** The state as plain JSON. */
export function encodeVolume(volume: Volume): unknown {
  return {
    ...volume,
    ...('snapshots' in volume ? { snapshots: [...volume.snapshots.values()] } : {}),
    ...('attachments' in volume ? { attachments: [...volume.attachments.values()] } : {}),
  };
}

/** Back from there; a shape that does not fit throws, or is none that the caller's fingerprint names. */
export function decodeVolume(json: unknown): Volume {
  const saved = json as Volume & {
    readonly snapshots?: readonly Snapshot[];
    readonly attachments?: readonly Attachment[];
  };
  return {
    ...saved,
    ...(saved.snapshots ? { snapshots: OrderedMap.of(byId(saved.snapshots)) } : {}),
    ...(saved.attachments ? { attachments: byId(saved.attachments) } : {}),
  };
}

function byId<One extends { readonly id: string }>(all: readonly One[]): ReadonlyMap<string, One> {
  return new Map(all.map((one) => [one.id, one]));
}
