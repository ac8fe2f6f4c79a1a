import { objectOf } from '../pools/pool';
import { connectedTo } from './objects-of';
import { type StepWork, attempt, unsupported } from './step-work';

/** Makes the volume larger; one in use only where the backend can. */
export async function extendVolume(work: StepWork, { toGib }: { readonly toGib: number }): Promise<void> {
  const { host, pool, volume } = work;
  const { driver } = pool.backend;
  const doing = `extend the volume to ${toGib} GiB`;
  const done =
    connectedTo(volume.state).length > 0 && !driver.capabilities.extendsInUse
      ? unsupported(doing, 'while it is in use')
      : await attempt(work, doing, () => driver.extend(objectOf(pool, volume.id), toGib));
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordExtensionFailure', toGib, failure: done.failure }
      : { do: 'RecordExtended', toGib },
  );
}
