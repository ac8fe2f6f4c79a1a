import { encryptionView, notFound } from '@hearth/cinder-v3';
import type { CallContext } from '../http/request-context';
import { findVolumeRow } from './find-volume';
import type { VolumeServices } from './volume-services';

/**
 * How a volume is encrypted. A compute service asks this before it reads the key with its user's rights: a user who may write is let
 * in to the key by it. Throws a fault of 403 or 404.
 */
export async function showEncryption(services: VolumeServices, id: string, call: CallContext) {
  const row = await findVolumeRow(services, id, call);
  call.authorise();
  const { userId, mayWrite } = call.caller;
  if (row.encryptionKeyId !== null && mayWrite) await services.keys?.allow(row.encryptionKeyId, userId);
  return encryptionView(row);
}

/** One thing about it, as a text. Throws a fault of 403, or of 404 for what is nothing about it. */
export async function showEncryptionItem(services: VolumeServices, id: string, key: string, call: CallContext) {
  const items: Readonly<Record<string, string | number | null>> = await showEncryption(services, id, call);
  if (!Object.hasOwn(items, key)) throw notFound('Encryption key', key);
  return String(items[key] ?? '');
}
