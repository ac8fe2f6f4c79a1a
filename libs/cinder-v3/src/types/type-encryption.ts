import type { EncryptionSpec } from '@hearth/contracts';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { wireTime } from '../wire-time';

const keySizeMax = 2_147_483_647;

const schemaOf = (required: readonly string[]): WireSchema => ({
  type: 'object',
  properties: {
    encryption: {
      type: 'object',
      properties: {
        key_size: { type: ['string', 'integer', 'null'], minimum: 1, maximum: keySizeMax, format: 'key_size' },
        provider: { type: 'string', maxLength: 255 },
        control_location: { type: 'string', enum: ['front-end', 'back-end'] },
        cipher: { type: ['string', 'null'], maxLength: 255 },
      },
      required,
    },
  },
  required: ['encryption'],
  additionalProperties: false,
});

/** The body of `POST /types/{id}/encryption`. */
export const createEncryptionSchema = () => schemaOf(['provider', 'control_location']);
/** The body of `PUT /types/{id}/encryption/{encryption_id}`. */
export const updateEncryptionSchema = () => schemaOf([]);

/** As a client sends it; whatever else is there is echoed, and not kept. */
export interface SentEncryption {
  readonly key_size?: number | null;
  readonly provider?: string;
  readonly control_location?: EncryptionSpec['controlLocation'];
  readonly cipher?: string | null;
}

/** Reads the body of a create. Throws a fault of 400. */
export function parseCreateEncryption(body: unknown): { readonly sent: SentEncryption; readonly spec: EncryptionSpec } {
  const sent = sentIn(body, createEncryptionSchema());
  const { provider, cipher = null, key_size: keySize = null, control_location: controlLocation } = sent;
  return { sent, spec: { provider: provider!, cipher, keySize, controlLocation: controlLocation! } };
}

/** Reads the body of a change; what is absent stays. Throws a fault of 400. */
export function parseUpdateEncryption(body: unknown): {
  readonly sent: SentEncryption;
  readonly change: Partial<EncryptionSpec>;
} {
  const sent = sentIn(body, updateEncryptionSchema());
  const { provider, cipher, key_size: keySize, control_location: controlLocation } = sent;
  const change = {
    ...(provider !== undefined && { provider }),
    ...(cipher !== undefined && { cipher }),
    ...(keySize !== undefined && { keySize }),
    ...(controlLocation !== undefined && { controlLocation }),
  };
  return { sent, change };
}

function sentIn(body: unknown, schema: WireSchema): SentEncryption {
  checkWireSchema(body, schema);
  checkStorable(body, 'encryption');
  const { encryption } = body as { readonly encryption: Readonly<Record<string, unknown>> };
  const { key_size: size } = encryption;
  return { ...encryption, ...(size !== undefined && { key_size: size === null ? null : Number(size) }) };
}

/** How volumes of a type are encrypted. */
export interface TypeEncryptionFields extends EncryptionSpec {
  readonly encryptionId: string;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

/** `GET /types/{id}/encryption`. */
export function typeEncryptionView(typeId: string, encryption: TypeEncryptionFields) {
  const { encryptionId, createdAt, updatedAt, cipher, controlLocation, keySize, provider } = encryption;
  return {
    created_at: wireTime(createdAt),
    updated_at: updatedAt === null ? null : wireTime(updatedAt),
    deleted_at: null,
    deleted: false,
    encryption_id: encryptionId,
    volume_type_id: typeId,
    cipher,
    control_location: controlLocation,
    key_size: keySize,
    provider,
  };
}

/** The answer to a create: what was sent, with the ids. */
export function createdEncryptionView(typeId: string, encryptionId: string, sent: SentEncryption) {
  return { encryption: { ...sent, volume_type_id: typeId, encryption_id: encryptionId } };
}
