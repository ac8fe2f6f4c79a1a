import { type VolumeDetails, volumeDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import { KnownVolume } from './known-volume';
import type { StepWork } from './step-work';
import { imageVolumeId, isGone, locationOf } from './upload-as-location';

/** No backend is asked. */
type Settling = Pick<StepWork, 'host' | 'volume' | 'signal'>;
interface GivenUpUpload {
  readonly imageId: string;
  readonly details: VolumeDetails;
}

/**
 * Sees to what an upload leaves that was given up: a record without bytes goes, and so does the clone that was to be the image's place,
 * unless the image may be at it. Nobody uploads meanwhile. Throws when the image service is away: then it is still owed.
 */
export async function settleUpload(work: Settling, upload: GivenUpUpload): Promise<void> {
  const { host, volume } = work;
  const { imageId } = upload;
  const isWithdrawn = await withdrawRecord(work, imageId);
  await removePlace(work, upload, isWithdrawn);
  host.log.info('an upload that was given up has ended', { volumeId: volume.id, imageId, isWithdrawn });
  await volume.record(host, { do: 'RecordUploadSettled', imageId });
}

/** True when there is no record any more. What the image service will not have done, whenever it is asked, is told to the operator. */
export async function withdrawRecord({ host, volume, signal }: Settling, imageId: string): Promise<boolean> {
  try {
    return await host.withdrawImage(imageId, signal);
  } catch (error) {
    if (!(error instanceof ImageUploadError) || isPassing(error)) throw error;
    host.log.warn('the record of an image that gets no bytes stays', { volumeId: volume.id, imageId, error });
    return false;
  }
}

const isPassing = ({ problem }: ImageUploadError): boolean => problem === 'away' || problem === 'broken';

async function removePlace(work: Settling, upload: GivenUpUpload, isWithdrawn: boolean): Promise<void> {
  const { host, volume } = work;
  const id = imageVolumeId(upload.imageId);
  const { state } = await KnownVolume.read(host.store, id);
  if (isGone(state) || !('details' in state)) return;
  if (!isWithdrawn && (await mayBeAt(work, upload, id))) return;
  const command = { do: 'DeleteVolume', userId: state.details.userId, force: true } as const;
  await runCommand(host, volumeDecider, { category: 'volume', id }, command, volume.context);
}

async function mayBeAt(
  { host, signal }: Settling,
  { imageId, details }: GivenUpUpload,
  id: VolumeId,
): Promise<boolean> {
  try {
    const { at } = await host.findImage(imageId, locationOf({ details }, id), signal);
    return at !== 'elsewhere';
  } catch (error) {
    if (!(error instanceof ImageUploadError) || isPassing(error)) throw error;
    return true;
  }
}
