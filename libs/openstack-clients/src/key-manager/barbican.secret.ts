import { z } from 'zod';
import { KeyManagerError } from './key-manager';

/** What Barbican tells of a secret (`GET /v1/secrets/<uuid>`), as far as it matters here. */
export const secretSchema = z.looseObject({
  secret_type: z.string(),
  algorithm: z.string().nullish(),
  /** Not there when the secret has no payload yet. */
  content_types: z.looseObject({ default: z.string().optional() }).nullish(),
});
export type Secret = z.output<typeof secretSchema>;

export const octets = 'application/octet-stream';

/**
 * What to ask the payload of a secret of that type as: the content type it was stored with. Throws `nonsense` for a secret of another
 * type, and `not-found` for one without a payload.
 */
export function payloadType(secret: Secret, wanted: { readonly type: string; readonly what: string }): string {
  const { secret_type: type, content_types: types } = secret;
  const { what } = wanted;
  if (type !== wanted.type) {
    throw new KeyManagerError(
      'nonsense',
      `${what} is of the type '${type.slice(0, 32)}': a ${wanted.type} secret is wanted`,
    );
  }
  if (!types) throw new KeyManagerError('not-found', `${what} has no payload`);
  return types.default && /^[\w.+-]+\/[\w.+-]+$/.test(types.default) ? types.default : octets;
}
