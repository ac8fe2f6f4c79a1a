import type { VolumeId } from '@hearth/kernel';
import type { Host } from '../host/host';

/**
 * Kinds of work on one volume. What a volume is owed is decided in its own turn, where short work is done too. Work of minutes has turns
 * of its own, so that it holds up none of the short: an upload reads, and may go beside anything; whatever makes, replaces or removes the
 * volume's bytes, lets a client write them, or reads all of them at one moment, is in the turn of writing.
 */
export function inTurnOf<Result>(host: Host, volumeId: VolumeId, work: () => Promise<Result>): Promise<Result> {
  return host.turns.run(volumeId, work);
}

/** To be taken within the volume's own turn, or without it; never the other way round. */
export function inTurnOfWriting<Result>(host: Host, volumeId: VolumeId, work: () => Promise<Result>): Promise<Result> {
  return host.turns.run(writingKey(volumeId), work);
}

export function inTurnOfUpload<Result>(host: Host, volumeId: VolumeId, work: () => Promise<Result>): Promise<Result> {
  return host.turns.run(uploadKeyOf(volumeId), work);
}

/** What takes minutes; an upload and what is left of one that was given up are the same kind. */
export type LongWork = 'upload' | 'reimage';

/** True while long work of a kind is done or waits on the volume. */
export function isLongWorkUnderWay(host: Host, volumeId: VolumeId, kind: LongWork): boolean {
  return host.turns.has(kind === 'upload' ? uploadKeyOf(volumeId) : reimageKeyOf(volumeId));
}

/** A reimage waits for others that write; whether there is one is told by a turn around that. */
export function inTurnOfReimage<Result>(host: Host, volumeId: VolumeId, work: () => Promise<Result>): Promise<Result> {
  return host.turns.run(reimageKeyOf(volumeId), () => inTurnOfWriting(host, volumeId, work));
}

/** True while anything is done to the volume, or waits. */
export function isAtWork(host: Host, volumeId: VolumeId): boolean {
  return [volumeId, writingKey(volumeId), uploadKeyOf(volumeId), reimageKeyOf(volumeId)].some((key) =>
    host.turns.has(key),
  );
}

const writingKey = (volumeId: VolumeId) => `writing of ${volumeId}`;
const uploadKeyOf = (volumeId: VolumeId) => `upload of ${volumeId}`;
const reimageKeyOf = (volumeId: VolumeId) => `reimage of ${volumeId}`;
