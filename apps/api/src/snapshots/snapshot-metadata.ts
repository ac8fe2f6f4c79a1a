import { FaultError, faultOfRefusal, parseMetadata, parseMetadataItem } from '@hearth/cinder-v3';
import type { MetadataChange } from '@hearth/domain';
import { refuse } from '@hearth/kernel';
import type { CallContext } from '../http/request-context';
import { changeVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { findSnapshotRow, findSnapshotToChange } from './find-snapshot';

/** A snapshot's own metadata. Throws a fault of 403 or 404. */
export async function showMetadata(services: VolumeServices, id: string, call: CallContext) {
  const { metadata } = await findSnapshotRow(services, id, call);
  call.authorise();
  return { metadata };
}

/** One item of it. Throws a fault of 403, or of 404 for a key that is not there. */
export async function showMetadataItem(services: VolumeServices, id: string, key: string, call: CallContext) {
  const { metadata } = await showMetadata(services, id, call);
  const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (text === undefined) throw new FaultError(faultOfRefusal(refuse('snapshot.metadata_key_not_found', { key }), id));
  return { meta: { [key]: text } };
}

/** Adds to the metadata, or changes what is there; returns the whole. Throws faults of 400, 403, 404. */
export async function mergeMetadata(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  return { metadata: await change(services, id, { merge: parseMetadata(body) }, call) };
}

/** Replaces the metadata; returns the whole. Throws faults of 400, 403, 404. */
export async function replaceMetadata(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  return { metadata: await change(services, id, { set: parseMetadata(body) }, call) };
}

/** Sets one item. Throws faults of 400, 403, 404. */
export async function setMetadataItem(
  services: VolumeServices,
  { id, key }: { readonly id: string; readonly key: string },
  body: unknown,
  call: CallContext,
) {
  const meta = parseMetadataItem(body, key);
  await change(services, id, { merge: meta }, call);
  return { meta };
}

/** Takes one item out. Throws faults of 403, and of 404 for a key that is not there, too. */
export async function deleteMetadataItem(services: VolumeServices, id: string, key: string, call: CallContext) {
  await change(services, id, { remove: key }, call);
}

async function change(services: VolumeServices, id: string, wanted: MetadataChange, call: CallContext) {
  const { volume } = await findSnapshotToChange(services, id, call);
  call.authorise();
  const command = { do: 'ChangeSnapshotMetadata', snapshotId: id, change: wanted } as const;
  const asked = { operation: 'delete snapshot metadata', data: { snapshotId: id } } as const;
  const { state } = await changeVolume(services, volume, command, call, 'remove' in wanted ? asked : undefined);
  return ('snapshots' in state ? state.snapshots.get(id)?.metadata : undefined) ?? {};
}
