import { badRequest, unavailable } from '@hearth/cinder-v3';
import { keyAlgorithmOf, keyBitsOf, luksFormatOf } from '@hearth/domain';
import { KeyManagerError, type KeyOptions, type KeyStore } from '@hearth/openstack-clients';
import type { Log } from '@hearth/platform';
import { randomBytes } from 'node:crypto';
import type { KeyOwner, VolumeKeys } from './volume-keys';

/** Keys of volumes in a key manager, which is asked as ourselves unless it is about an image. */
export function volumeKeysIn(store: KeyStore, log: Pick<Log, 'warn'>): VolumeKeys {
  const copy = async (keyId: string, name: string, from: KeyOptions, to: KeyOptions) => {
    const key = await store.key(keyId, from);
    try {
      return await store.store({ ...key, name }, to);
    } finally {
      key.bytes.fill(0);
    }
  };
  const attempt = async (what: string, keyId: string, work: Promise<void>) => {
    await work.catch((error: unknown) => log.warn(what, { keyId, error }));
  };
  const asOwner = ({ token }: KeyOwner): KeyOptions => ({ token });
  return {
    create: async (spec, volumeId) => {
      const format = luksFormatOf(spec);
      if ('problem' in format) throw badRequest(`Invalid volume type: ${format.problem}.`);
      const bytes = randomBytes(keyBitsOf(spec) / 8);
      try {
        const stored = store.store({ algorithm: keyAlgorithmOf(spec), bytes, name: nameFor(volumeId) });
        return await told(log, stored, { notFound: noKeyManager });
      } finally {
        bytes.fill(0);
      }
    },
    copy: (keyId, volumeId) => told(log, copy(keyId, nameFor(volumeId), {}, {})),
    copyOfImage: (keyId, volumeId, owner) => told(log, copy(keyId, nameFor(volumeId), asOwner(owner), {})),
    createForImage: (keyId, owner) => told(log, copy(keyId, 'an image of an encrypted volume', {}, asOwner(owner))),
    removeOfImage: (keyId, owner) =>
      attempt("an image's key that is not needed stays", keyId, store.remove(keyId, asOwner(owner))),
    remove: (keyId) => attempt('the key of a volume that is no more stays', keyId, store.remove(keyId)),
    allow: (keyId, userId, options = {}) =>
      attempt("a user is not let in to a volume's key", keyId, store.allow(keyId, userId, options)),
  };
}

/** Nothing but the service itself can be missing when a key is made: the catalogue does not know it. */
const noKeyManager = 'Invalid volume type: there is no key manager that could keep the keys of encrypted volumes.';

const nameFor = (volumeId: string) => `volume-${volumeId}`;

const terse = 'Key manager error';

/** What the caller is told is as terse as Cinder's: whose fault it is stands in the log. */
async function told<Result>(
  log: Pick<Log, 'warn'>,
  work: Promise<Result>,
  { notFound = terse }: { readonly notFound?: string } = {},
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof KeyManagerError)) throw error;
    log.warn('the key manager did not do what a volume needs', { problem: error.problem, error });
    if (error.problem === 'away') {
      throw unavailable('The key manager cannot be asked just now. Please try again.', { cause: error });
    }
    throw badRequest(error.problem === 'not-found' ? notFound : terse);
  }
}
