import { badRequest, invalidInput } from '../fault';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema } from '../http/wire-schema';
import { createVolumeSchema } from './create-volume.schema';

/** What a volume is to be made from. */
export type VolumeSource =
  | { readonly from: 'nothing' }
  | { readonly from: 'image'; readonly reference: string }
  | { readonly from: 'snapshot' | 'volume' | 'backup'; readonly id: string };

/** A create that is well-formed. Whether its image, type and zone exist is for others to say. */
export interface CreateVolumeRequest {
  readonly source: VolumeSource;
  /** Null where the source has a size of its own: snapshot, volume, backup. */
  readonly sizeGib: number | null;
  readonly name: string | null;
  readonly description: string | null;
  /** Id or name; null for the default. */
  readonly volumeType: string | null;
  readonly availabilityZone: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Body {
  readonly size?: number | string | null;
  readonly name?: string | null;
  readonly display_name?: string | null;
  readonly description?: string | null;
  readonly display_description?: string | null;
  readonly volume_type?: string | null;
  readonly availability_zone?: string | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly imageRef?: string | null;
  readonly image_id?: string | null;
  readonly snapshot_id?: string | null;
  readonly source_volid?: string | null;
  readonly backup_id?: string | null;
  readonly group_id?: string | null;
  readonly consistencygroup_id?: string | null;
  readonly multiattach?: boolean | string | null;
}

/** Reads the body of `POST /volumes` in the order in which Cinder looks. Throws a fault of 400. */
export function parseCreateVolume(body: unknown, minor: number): CreateVolumeRequest {
  checkWireSchema(body, createVolumeSchema(minor));
  const { volume } = body as { readonly volume: Body };
  checkStorable(volume, 'volume');
  const name = textOf('name', volume.name ?? volume.display_name);
  const description = textOf('description', volume.description ?? volume.display_description);
  refuseUnserved(volume, minor);
  const source = sourceOf(volume, minor);
  return {
    source,
    sizeGib: sizeOf(volume.size, source),
    name,
    description,
    volumeType: volume.volume_type ?? null,
    availabilityZone: volume.availability_zone ?? null,
    metadata: metadataOf(volume.metadata),
  };
}

const textMax = 255;
const metadataItemsMax = 128;

function textOf(field: string, value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const text = value.trim();
  const length = [...text].length;
  if (length > textMax) throw invalidInput(`${field} has ${length} characters, more than ${textMax}.`);
  return text;
}

function metadataOf(metadata: Body['metadata']): Readonly<Record<string, string>> {
  const items = Object.keys(metadata ?? {}).length;
  if (items > metadataItemsMax) throw invalidInput(`metadata has ${items} items, more than ${metadataItemsMax}.`);
  return metadata ?? {};
}

/** What the schema takes because clients send it, and what nothing here can fulfil: better refused than forgotten. */
function refuseUnserved(volume: Body, minor: number): void {
  const { multiattach } = volume;
  if (multiattach === true || (typeof multiattach === 'string' && /^(1|t|true|on|y|yes)$/i.test(multiattach.trim()))) {
    throw invalidInput('multiattach volumes are not offered.');
  }
  if (volume.consistencygroup_id) throw invalidInput('consistency groups are not offered.');
  if (minor >= 13 && volume.group_id) throw invalidInput('groups of volumes are not offered.');
}

function sourceOf(volume: Body, minor: number): VolumeSource {
  const reference = volume.imageRef || volume.image_id;
  const backupId = minor >= 47 ? volume.backup_id : undefined;
  const sources: VolumeSource[] = [];
  if (backupId) sources.push({ from: 'backup', id: backupId });
  if (reference) sources.push({ from: 'image', reference });
  if (volume.snapshot_id) sources.push({ from: 'snapshot', id: volume.snapshot_id });
  if (volume.source_volid) sources.push({ from: 'volume', id: volume.source_volid });
  if (sources.length > 1) throw invalidInput('May specify only one of backup, imageRef, snapshot, source volume');
  return sources[0] ?? { from: 'nothing' };
}

const sizeMaxGib = 2_147_483_647;

function sizeOf(size: Body['size'], source: VolumeSource): number | null {
  if (size === null || size === undefined) {
    if (source.from !== 'nothing' && source.from !== 'image') return null;
    throw badRequest(
      'The server could not comply with the request since it is either malformed or otherwise incorrect.',
    );
  }
  const sizeGib = Number(size);
  if (sizeGib < 1) throw invalidInput(`Volume size '${size}' must be an integer and greater than 0`);
  if (sizeGib > sizeMaxGib) throw invalidInput(`Volume size '${size}' must not be greater than ${sizeMaxGib}`);
  return sizeGib;
}
