import type { VolumeEvent } from '@hearth/contracts';
import type { Volume } from '@hearth/domain';
import type { Outcome } from '@hearth/event-sourcing';
import type { VolumeServices } from './volume-services';

/** Removes the key of a volume that was deleted at once, since it never was on a host: one that was is forgotten there. */
export async function forgetKey(
  { keys }: Pick<VolumeServices, 'keys'>,
  { state, events }: Outcome<Volume, VolumeEvent>,
): Promise<void> {
  if (state.status !== 'deleted' || !events.some(({ type }) => type === 'VolumeDeleted')) return;
  const { encryptionKeyId } = state.request;
  if (encryptionKeyId !== undefined) await keys?.remove(encryptionKeyId);
}
