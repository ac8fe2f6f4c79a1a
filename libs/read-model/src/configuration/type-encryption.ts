import type { EncryptionSpec } from '@hearth/contracts';
import { statement, type Database } from '../database/database';
import type { TypeEncryption } from '../tables/volume-types.table';
import { ConfigurationError } from './configuration.error';
import { lockType, refuseUsed } from './volume-types';

const setStatement = statement(`update volume_types set encryption = $2 where id = $1`);

/** An encryption that is to be. */
export interface NewTypeEncryption extends EncryptionSpec {
  readonly encryptionId: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Throws `ConfigurationError` volume-type.not-found, volume-type.in-use, type-encryption.exists; `ReadModelUnavailableError`. */
export async function createTypeEncryption(
  database: Database,
  typeId: string,
  { at, ...spec }: NewTypeEncryption,
): Promise<TypeEncryption> {
  return database.transaction(async (queries) => {
    const { encryption } = await lockType(queries, typeId);
    if (encryption)
      throw new ConfigurationError('type-encryption.exists', `the volume type ${typeId} is encrypted already`);
    await refuseUsed(queries, typeId);
    const created: TypeEncryption = { ...spec, createdAt: at, updatedAt: null };
    await queries.query(setStatement, [typeId, JSON.stringify(created)]);
    return created;
  });
}

/**
 * Absent: as it was. Throws `ConfigurationError` volume-type.not-found, volume-type.in-use, type-encryption.not-found;
 * `ReadModelUnavailableError`.
 */
export async function updateTypeEncryption(
  database: Database,
  typeId: string,
  { at, ...change }: Partial<EncryptionSpec> & { readonly at: string },
): Promise<TypeEncryption> {
  return database.transaction(async (queries) => {
    const { encryption } = await lockType(queries, typeId);
    if (!encryption) notEncrypted(typeId);
    await refuseUsed(queries, typeId);
    const updated: TypeEncryption = { ...encryption, ...change, updatedAt: at };
    await queries.query(setStatement, [typeId, JSON.stringify(updated)]);
    return updated;
  });
}

/** Throws `ConfigurationError` volume-type.not-found, volume-type.in-use, type-encryption.not-found; `ReadModelUnavailableError`. */
export async function deleteTypeEncryption(database: Database, typeId: string): Promise<void> {
  await database.transaction(async (queries) => {
    const { encryption } = await lockType(queries, typeId);
    if (!encryption) notEncrypted(typeId);
    await refuseUsed(queries, typeId);
    await queries.query(setStatement, [typeId, null]);
  });
}

function notEncrypted(typeId: string): never {
  throw new ConfigurationError('type-encryption.not-found', `the volume type ${typeId} is not encrypted`, typeId);
}
