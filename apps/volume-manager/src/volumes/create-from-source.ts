import type { Failure, VolumeSourceFacts } from '@hearth/contracts';
import type { VolumeRequest } from '@hearth/domain';
import { canManage, canSnapshot, DriverError } from '@hearth/driver-api';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { poolParts } from '@hearth/kernel';
import { objectOf } from '../pools/pool';
import { askBackend } from '../host/ask-backend';
import { connectedTo, snapshotOf } from './objects-of';
import { canCloneVolumes, cloneVolume } from './clone-volume';
import { driverFailure } from './driver-failure';
import { giveUp } from './give-up';
import { KnownVolume } from './known-volume';
import { type Done, type StepWork, unsupported } from './step-work';
import { inTurnOfWriting } from './turns';

interface SourceStep {
  readonly request: VolumeRequest;
  readonly source: VolumeSourceFacts;
}

/** A volume made of another, of a snapshot, or of something that is taken over. What the source hands on was said by the request. */
export async function createFromSource(work: StepWork, { request, source }: SourceStep): Promise<void> {
  const { host, pool, volume } = work;
  const done = await make(work, request, source);
  if ('failure' in done) {
    host.log.error('a volume could not be made of its source', {
      ...{ volumeId: volume.id, pool: pool.ref, source, code: done.failure.code, detail: done.failure.detail },
    });
    // What was to be taken over is not ours to remove.
    return giveUp(host, pool, volume, {
      ...{ failure: done.failure, decision: null, leavesObject: source.kind === 'existing' },
    });
  }
  const { sizeGib } = done.result;
  const { bootable = false, imageMetadata = {} } = request.inherited ?? {};
  await volume.record(host, {
    ...{ do: 'RecordProvisioned', pool: pool.ref, bootable, imageMetadata, decision: null },
    ...(sizeGib === request.sizeGib ? {} : { sizeGib }),
  });
}

async function make(
  work: StepWork,
  request: VolumeRequest,
  source: VolumeSourceFacts,
): Promise<Done<{ readonly sizeGib: number }>> {
  const { signal } = work;
  const ways = { volume: ofVolume, snapshot: ofSnapshot, existing: ofExisting } as const;
  try {
    return await (ways[source.kind] as (typeof ways)['volume'])(work, request, source as never);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StoreUnavailableError) throw error;
    return { failure: sourceFailure(error, source) };
  }
}

type Source<Kind extends VolumeSourceFacts['kind']> = Extract<VolumeSourceFacts, { kind: Kind }>;

async function ofVolume(work: StepWork, request: VolumeRequest, source: Source<'volume'>) {
  const { host, pool } = work;
  const { sizeGib, volumeId } = request;
  const { state } = await KnownVolume.read(host.store, source.volumeId);
  const inUse = connectedTo(state).length > 0;
  if (!canCloneVolumes(pool, { inUse })) {
    return unsupported('clone a volume', inUse ? 'while that is in use' : undefined);
  }
  await cloneVolume(work, { source: source.volumeId, target: objectOf(pool, volumeId), sizeGib });
  return { result: { sizeGib } };
}

async function ofSnapshot(work: StepWork, request: VolumeRequest, source: Source<'snapshot'>) {
  const { host, pool, signal } = work;
  const { driver, lanes } = pool.backend;
  const { sizeGib, volumeId } = request;
  if (!canSnapshot(driver)) return unsupported('make a volume of a snapshot');
  const ref = snapshotOf(pool, source.volumeId, source.snapshotId);
  await inTurnOfWriting(host, source.volumeId, () =>
    askBackend(host.retryWaitsMs, signal, () =>
      lanes.clone(ref.name, () => driver.cloneSnapshot(ref, objectOf(pool, volumeId), sizeGib)),
    ),
  );
  return { result: { sizeGib } };
}

async function ofExisting(work: StepWork, { volumeId }: VolumeRequest, { sourceName }: Source<'existing'>) {
  const { host, pool, signal } = work;
  const { driver } = pool.backend;
  if (!canManage(driver)) return unsupported('take over what is there');
  const { pool: name } = poolParts(pool.ref);
  const target = objectOf(pool, volumeId);
  return { result: await askBackend(host.retryWaitsMs, signal, () => driver.adopt(name, sourceName, target)) };
}

const named: Readonly<Record<VolumeSourceFacts['kind'], string>> = {
  volume: 'The volume that this one was to be made of is no longer there.',
  snapshot: 'The snapshot that the volume was to be made of is no longer there.',
  existing: 'What was to be taken over is not there.',
};

function sourceFailure(error: unknown, { kind }: VolumeSourceFacts): Failure {
  if (error instanceof DriverError && error.code === 'not-found') {
    return { code: 'source.not_found', reason: named[kind], detail: error.message };
  }
  return driverFailure(error, kind === 'existing' ? 'take over the volume' : 'make the volume of its source');
}
