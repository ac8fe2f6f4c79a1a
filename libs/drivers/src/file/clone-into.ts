import { type CloneMethod, DriverError } from '@hearth/driver-api';
import { gibToHold } from '@hearth/kernel';
import { type CloneSource, planClone } from './clone-choice';
import type { FilePool } from './file.pool';

export interface CloneOrder {
  readonly target: string;
  readonly sizeGib: number;
  /** Finds the source, or throws `not-found`; asked for only when the target is not there yet. */
  find(): Promise<CloneSource>;
}

/** Makes an object of the pool from an object or a snapshot; one that is there already with that size is the work of an earlier call. */
export async function cloneInto(pool: FilePool, { target, sizeGib, find }: CloneOrder): Promise<CloneMethod> {
  const sizeBytes = pool.bytesOf(sizeGib);
  const earlier = await pool.isThereAlready(target, sizeBytes);
  if (earlier) return earlier.format === 'overlay' ? 'overlay' : pool.method === 'overlay' ? 'copy' : pool.method;
  const source = await find();
  const from = source.object;
  if (from.sizeBytes > sizeBytes) {
    const message = `${target} of ${sizeGib} GiB cannot hold ${from.name} of ${gibToHold(from.sizeBytes)} GiB`;
    throw new DriverError('failed', message, { object: target });
  }
  const plan = planClone(source, pool.method);
  if (plan.method === 'copy') await pool.room.requireRoomToCopy(from, target);
  const work = () => plan.run({ files: pool.files, run: pool.environment.run, target, sizeBytes });
  await pool.room.promised.holding(target, sizeBytes, () => pool.clearingUp(target, work));
  return plan.method;
}
