import { owedSteps, type HostStep } from '@hearth/domain';
import { type PoolRef, type VolumeId, poolParts } from '@hearth/kernel';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import { failWithoutBackend, isBackendGone, type StepInPool } from './backend-gone';
import { connectAttachment } from './connect-attachment';
import { createBlank } from './create-blank';
import { createFromImage } from './create-from-image';
import { createFromSource } from './create-from-source';
import { createSnapshot } from './create-snapshot';
import { deleteFromPool } from './delete-from-pool';
import { deleteSnapshot } from './delete-snapshot';
import { disconnectAttachment } from './disconnect-attachment';
import { extendVolume } from './extend-volume';
import { KnownVolume } from './known-volume';
import { reimageVolume } from './reimage-volume';
import { revertVolume } from './revert-volume';
import { settleClaims } from './settle-claims';
import { settleUpload } from './settle-upload';
import type { StepWork } from './step-work';
import { inTurnOf, inTurnOfReimage, inTurnOfUpload, inTurnOfWriting, isLongWorkUnderWay, type LongWork } from './turns';
import { uploadVolume } from './upload-volume';

/** The pool is of this host, but its backend could not be opened: the nudge is kept until it can. */
export class PoolDownError extends Error {
  constructor(pool: PoolRef) {
    super(`${pool} is not open on this host: its backend is down`);
    this.name = 'PoolDownError';
  }
}

type LongStep = Extract<HostStep, { readonly do: 'upload' | 'settle-upload' | 'reimage' }>;
type ShortStep = Exclude<HostStep, LongStep>;

/**
 * Does what is owed to a volume, whatever woke us: reads its stream, asks what is owed, carries that out, records what came of it, and
 * asks again until nothing is. Doing it twice is harmless; a throw means that it has to be done again. What takes minutes is done beside
 * the volume's turn; whoever comes meanwhile does the rest and leaves it to who is at it, who looks again at the end.
 */
export async function workOnVolume(host: Host, volumeId: VolumeId, signal: AbortSignal): Promise<void> {
  for (;;) {
    const owed = await inTurnOf(host, volumeId, () => shortWork(host, volumeId, signal));
    if (!owed || isLongWorkUnderWay(host, volumeId, kindOf(owed))) return;
    if (!(await longWork(host, volumeId, signal, kindOf(owed)))) return;
  }
}

/** Does all that is short, each once; gives what is owed beyond that. */
async function shortWork(host: Host, volumeId: VolumeId, signal: AbortSignal): Promise<LongStep | undefined> {
  const volume = await KnownVolume.read(host.store, volumeId);
  const begun = new Set<string>();
  for (;;) {
    const step = hostSteps(volume)
      .filter(isShort)
      .find((one) => !begun.has(nameOf(one)));
    if (!step) break;
    begun.add(nameOf(step));
    await inPool({ host, volume, signal }, step, (pool) => doShort({ host, pool, volume, signal }, step));
    if (!volume.wasJustRecorded) await volume.readOn();
  }
  // A reimage that was given up may be cloning still: whoever is at it looks again at the end.
  if (!isLongWorkUnderWay(host, volumeId, 'reimage')) await settleClaims(host, volume);
  return hostSteps(volume).find(isLong);
}

/** Reads anew once it is its turn: what was owed may have been done, or given up. False when it was not to be done here. */
function longWork(host: Host, volumeId: VolumeId, signal: AbortSignal, kind: LongWork): Promise<boolean> {
  const inTurn = kind === 'upload' ? inTurnOfUpload : inTurnOfReimage;
  return inTurn(host, volumeId, async () => {
    const volume = await KnownVolume.read(host.store, volumeId);
    const step = hostSteps(volume)
      .filter(isLong)
      .find((one) => kindOf(one) === kind);
    if (!step) return true;
    if (step.do === 'settle-upload') await settle({ host, volume, signal }, step);
    else await inPool({ host, volume, signal }, step, (pool) => doLong({ host, pool, volume, signal }, step));
    // Where it still is owed it waits for something, and is nudged; where it is another's, that one is.
    return !hostSteps(volume)
      .filter(isLong)
      .some((one) => nameOf(one) === nameOf(step));
  });
}

function hostSteps({ state }: KnownVolume): readonly HostStep[] {
  return owedSteps(state).filter((step) => step.do !== 'place');
}

const isLong = (step: HostStep): step is LongStep =>
  step.do === 'upload' || step.do === 'settle-upload' || step.do === 'reimage';
const isShort = (step: HostStep): step is ShortStep => !isLong(step);

/** An upload that was given up is seen to when nobody is at it any more. */
const kindOf = (step: LongStep): LongWork => (step.do === 'reimage' ? 'reimage' : 'upload');

/** Tells steps of one volume apart. */
function nameOf(step: HostStep): string {
  switch (step.do) {
    case 'connect':
    case 'disconnect':
      return `${step.do} ${step.attachment.id}`;
    case 'create-snapshot':
    case 'delete-snapshot':
      return `${step.do} ${step.snapshot.id}`;
    case 'extend':
      return `${step.do} ${step.toGib}`;
    case 'upload':
      return `${step.do} ${step.upload.imageId}`;
    case 'settle-upload':
      return `${step.do} ${step.imageId}`;
    case 'reimage':
      return `${step.do} ${step.image.id}`;
    default:
      return step.do;
  }
}

async function doShort(work: StepWork, step: ShortStep): Promise<void> {
  if (step.do === 'disconnect') return disconnectAttachment(work, step);
  // Who is connected may write: not while the volume is read at one moment, to be cloned for instance.
  return inTurnOfWriting(work.host, work.volume.id, () => write(work, step));
}

/** Makes, changes or removes what is on the backend, or lets others do so. */
async function write(work: StepWork, step: Exclude<ShortStep, { do: 'disconnect' }>): Promise<void> {
  switch (step.do) {
    case 'connect':
      return connectAttachment(work, step);
    case 'create-blank':
      return createBlank(work, step.request);
    case 'create-from-image':
      return createFromImage({ ...work, request: step.request, sizeGib: step.request.sizeGib, image: step.image });
    case 'create-from-source':
      return createFromSource(work, step);
    case 'extend':
      return extendVolume(work, step);
    case 'revert':
      return revertVolume(work, step);
    case 'create-snapshot':
      return createSnapshot(work, step);
    case 'delete-snapshot':
      return deleteSnapshot(work, step);
    case 'delete-from-pool':
      return deleteFromPool(work, step);
  }
}

function doLong(work: StepWork, step: Exclude<LongStep, { do: 'settle-upload' }>): Promise<void> {
  return step.do === 'upload' ? uploadVolume(work, step) : reimageVolume(work, step);
}

type WithoutPool = Omit<StepWork, 'pool'>;

async function inPool(work: WithoutPool, step: StepInPool, perform: (pool: Pool) => Promise<void>): Promise<void> {
  const { host } = work;
  const { pool: ref } = step;
  const pool = host.pools.get(ref);
  if (pool) return perform(pool);
  if (isBackendGone(host, ref)) return failWithoutBackend(work, step);
  if (poolParts(ref).host === host.name) throw new PoolDownError(ref);
  passOver(host, ref);
}

/** It is about the image service alone: it is done whether or not the backend is there. */
async function settle(work: WithoutPool, step: Extract<LongStep, { do: 'settle-upload' }>): Promise<void> {
  const { host } = work;
  return poolParts(step.pool).host === host.name ? settleUpload(work, step) : passOver(host, step.pool);
}

/** Usual after a retry elsewhere: the nudge was on its way while the volume moved. */
function passOver(host: Host, pool: PoolRef): void {
  host.log.info('a nudge for a volume of another host was passed over', { pool, host: host.name });
}
