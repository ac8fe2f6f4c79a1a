import type { ProgressFields } from '../progress.view';

/** What a view needs of an attachment of a volume. */
export interface VolumeAttachmentFields {
  readonly id: string;
  /** Cinder's word; `attached` is the one that a volume shows. */
  readonly status: string;
  readonly instanceId: string | null;
  readonly hostName: string | null;
  readonly mountpoint: string | null;
  readonly mode: string | null;
  /** Made by the older actions. */
  readonly legacy: boolean;
  readonly attachedAt: string | null;
}

/** What a view needs of a volume; sizes in GiB, instants in ISO 8601. */
export interface VolumeFields {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly sizeGib: number;
  readonly volumeTypeId: string | null;
  readonly volumeTypeName: string | null;
  readonly availabilityZone: string | null;
  /** `host@backend#pool`. */
  readonly host: string | null;
  readonly bootable: boolean;
  readonly multiattach: boolean;
  /** Null until somebody has said; then it is shown among the metadata. */
  readonly readOnly: boolean | null;
  /** Key manager's id of its key; null: not encrypted. */
  readonly encryptionKeyId: string | null;
  readonly snapshotId: string | null;
  readonly sourceVolid: string | null;
  readonly migrationStatus: string | null;
  readonly attachments: readonly VolumeAttachmentFields[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly imageMetadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  /** Null for one that has not changed since. */
  readonly updatedAt: string | null;
  /** Of the fill that the volume is made from, while that runs. */
  readonly progress?: ProgressFields;
}
