import type { Attachment } from '@hearth/domain';
import { canConnect } from '@hearth/driver-api';
import { objectOf } from '../pools/pool';
import { type StepWork, attempt } from './step-work';

/** Ends a connection. A backend that cannot connect has nothing to end. */
export async function disconnectAttachment(
  work: StepWork,
  { attachment }: { readonly attachment: Pick<Attachment, 'id'> },
): Promise<void> {
  const { host, pool, volume } = work;
  const { driver } = pool.backend;
  const { id: attachmentId } = attachment;
  const done = await attempt(work, 'disconnect the volume', async () => {
    if (canConnect(driver)) await driver.disconnect(objectOf(pool, volume.id), attachmentId);
  });
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordDisconnectFailure', attachmentId, failure: done.failure }
      : { do: 'RecordDisconnected', attachmentId },
  );
}
