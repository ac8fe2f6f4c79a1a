import { wireTime } from '../../wire-time';
import type { VolumeFields } from '../volume.fields';

/** The image's record as the image service has made it. */
export interface UploadedImageFields {
  readonly id: string;
  readonly name: string | null;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: string;
  readonly protected: boolean;
}

/** The type of the volume, as the answer to an upload shows it; instants in ISO 8601. */
export interface UploadTypeFields {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly qosSpecsId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

type Uploading = Pick<VolumeFields, 'id' | 'updatedAt' | 'description' | 'sizeGib'>;

/** The body of the answer to `os-volume_upload_image`. */
export function uploadImageView(volume: Uploading, type: UploadTypeFields | undefined, image: UploadedImageFields) {
  return {
    'os-volume_upload_image': {
      id: volume.id,
      updated_at: volume.updatedAt === null ? null : wireTime(volume.updatedAt),
      status: 'uploading',
      display_description: volume.description,
      size: volume.sizeGib,
      volume_type: type ? typeView(type) : null,
      image_id: image.id,
      container_format: image.containerFormat,
      disk_format: image.diskFormat,
      image_name: image.name,
      protected: image.protected,
      visibility: image.visibility,
    },
  };
}

function typeView(type: UploadTypeFields) {
  return {
    id: type.id,
    name: type.name,
    description: type.description,
    is_public: type.isPublic,
    extra_specs: type.extraSpecs,
    qos_specs_id: type.qosSpecsId,
    created_at: wireTime(type.createdAt),
    updated_at: type.updatedAt === null ? null : wireTime(type.updatedAt),
    deleted_at: null,
    deleted: false,
  };
}
