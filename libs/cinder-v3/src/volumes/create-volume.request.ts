import { badRequest, invalidInput } from '../fault';
import { booleanOfBody } from '../http/boolean-text';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema } from '../http/wire-schema';
import { createVolumeSchema } from './create-volume.schema';
import { textOf } from './volume-texts';

/** A create that is well-formed. Whether what it names exists is for others to say; of the sources one may be named. */
export interface CreateVolumeRequest {
  readonly snapshotId: string | null;
  readonly sourceVolid: string | null;
  /** Id, URL or name. */
  readonly imageReference: string | null;
  readonly backupId: string | null;
  /** A group, or a consistency group by its older name. */
  readonly groupId: string | null;
  /** Null: as large as its source. */
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

/** Reads the body of `POST /volumes`. Throws a fault of 400. */
export function parseCreateVolume(body: unknown, minor: number): CreateVolumeRequest {
  checkWireSchema(body, createVolumeSchema(minor));
  const { volume } = body as { readonly volume: Body };
  checkStorable(volume, 'volume');
  refuseMultiattach(volume);
  return {
    snapshotId: volume.snapshot_id || null,
    sourceVolid: volume.source_volid || null,
    imageReference: volume.image_id || volume.imageRef || null,
    backupId: (minor >= backupMinor && volume.backup_id) || null,
    groupId: (minor >= groupMinor && volume.group_id) || volume.consistencygroup_id || null,
    sizeGib: volume.size === null || volume.size === undefined ? null : Number(volume.size),
    name: textOf('name', volume.name ?? volume.display_name),
    description: textOf('description', volume.description ?? volume.display_description),
    volumeType: volume.volume_type || null,
    availabilityZone: volume.availability_zone ?? null,
    metadata: metadataOf(volume.metadata),
  };
}

/** From these on the keys are known; before them they are like any that nobody knows. */
const groupMinor = 13;
const backupMinor = 47;

const metadataItemsMax = 128;

function metadataOf(metadata: Body['metadata']): Readonly<Record<string, string>> {
  const items = Object.keys(metadata ?? {}).length;
  if (items > metadataItemsMax) throw invalidInput(`metadata has ${items} items, more than ${metadataItemsMax}.`);
  return metadata ?? {};
}

function refuseMultiattach({ multiattach }: Body): void {
  if (multiattach === null || multiattach === undefined || !booleanOfBody(multiattach)) return;
  throw badRequest(
    'multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. Contact your ' +
      'administrator to create a multiattach enabled volume type and use it to create multiattach volumes.',
  );
}
