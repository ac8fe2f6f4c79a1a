import type { EncryptionSpec } from '@hearth/contracts';
import type { Table } from './table';

/** How volumes of a type are encrypted, as the wire names and dates it. */
export interface TypeEncryption extends EncryptionSpec {
  readonly encryptionId: string;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

/** A volume type: plain configuration, not from facts. */
export interface VolumeTypeRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly qosSpecsId: string | null;
  readonly encryption: TypeEncryption | null;
}

export const volumeTypesTable: Table<VolumeTypeRow, 'id'> = {
  name: 'volume_types',
  key: ['id'],
  columns: {
    id: 'id',
    name: 'id',
    description: 'text?',
    isPublic: 'boolean',
    extraSpecs: 'jsonb',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz?',
    qosSpecsId: 'id?',
    encryption: 'jsonb?',
  },
};

/** A project that may use a type that is not public. */
export interface TypeAccessRow {
  readonly volumeTypeId: string;
  readonly projectId: string;
}

export const typeAccessTable: Table<TypeAccessRow, 'volumeTypeId' | 'projectId'> = {
  name: 'volume_type_access',
  key: ['volumeTypeId', 'projectId'],
  columns: { volumeTypeId: 'id', projectId: 'id' },
};

/** The type of a project's volumes that name none. */
export interface DefaultTypeRow {
  readonly projectId: string;
  readonly volumeTypeId: string;
}

export const defaultTypesTable: Table<DefaultTypeRow, 'projectId'> = {
  name: 'default_volume_types',
  key: ['projectId'],
  columns: { projectId: 'id', volumeTypeId: 'id' },
};

export const qosConsumers = ['front-end', 'back-end', 'both'] as const;
export type QosConsumer = (typeof qosConsumers)[number];

/** QoS specs: stored, and passed on to who carries them out. */
export interface QosSpecsRow {
  readonly id: string;
  readonly name: string;
  readonly consumer: QosConsumer;
  readonly specs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

export const qosSpecsTable: Table<QosSpecsRow, 'id'> = {
  name: 'qos_specs',
  key: ['id'],
  columns: {
    id: 'id',
    name: 'id',
    consumer: 'id',
    specs: 'jsonb',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz?',
  },
};
