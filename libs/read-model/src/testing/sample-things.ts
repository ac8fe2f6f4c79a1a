import type { Actor, Failure, ImageIdentity } from '@hearth/contracts';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';

/** What sample facts are about: numbered volumes, image-volumes and images in two pools, and what belongs to them. */
const numbered = (prefix: string, ordinal: number) => `${prefix}-0000-4000-8000-${String(ordinal).padStart(12, '0')}`;

export const poolA = 'store-01@fast#default' as PoolRef;
export const poolB = 'store-02@fast#default' as PoolRef;
export const volumeId = (ordinal: number) => numbered('10000000', ordinal) as VolumeId;
export const imageVolumeId = (ordinal: number) => numbered('20000000', ordinal) as VolumeId;
export const imageId = (ordinal: number) => numbered('30000000', ordinal);
export const volumeType = (ordinal: number, extraSpecs: Readonly<Record<string, string>> = {}) => ({
  id: numbered('40000000', ordinal),
  name: ordinal === 1 ? '__DEFAULT__' : `type ${ordinal}`,
  extraSpecs,
});
export const snapshotId = (ordinal: number) => numbered('50000000', ordinal);
export const attachmentId = (ordinal: number) => numbered('60000000', ordinal);
export const transferId = (ordinal: number) => numbered('70000000', ordinal);
export const serverId = (ordinal: number) => numbered('80000000', ordinal);
export const prefetchId = (ordinal: number) => numbered('90000000', ordinal);
export const policyId = (ordinal: number) => numbered('a0000000', ordinal);
export const internalProject = 'hearth-internal';
export const operator: Actor = { userId: 'root' as UserId, projectId: 'operators' as ProjectId, requestId: 'req-9' };

export const image = (ordinal: number): ImageIdentity => ({
  id: imageId(ordinal),
  name: `image ${ordinal}`,
  updatedAt: '2026-01-01T00:00:00Z',
  osHashAlgo: 'sha512',
  osHashValue: String(ordinal).padStart(128, '0'),
  checksum: null,
  sizeBytes: 1000,
  virtualSizeBytes: 2000,
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'public',
  owner: null,
  minDiskGib: 0,
  minRamMib: 0,
  properties: {},
});

export const failure = (code: Failure['code'] = 'backend.failed'): Failure => ({ code, reason: 'it failed' });

/** What an event of this type tells. */
export type DataOf<Event extends { type: string; data: unknown }, Type extends Event['type']> = Extract<
  Event,
  { type: Type }
>['data'];
