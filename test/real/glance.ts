import { resolve } from 'node:path';
import { configureGlance, type GlanceAccess, type GuardedByKeystone, identityHeaders } from './glance.config';
import { GlanceImages } from './glance.images';
import { installGlance } from './glance.install';
import { runGlance } from './glance.process';
import { issueToken, type KeystoneCredentials } from './keystone.tokens';

export { identityHeaders, type GlanceAccess, type GuardedByKeystone } from './glance.config';
export { GlanceRefusal, type GlanceImageRecord, type ImagePatch, type ImageToCreate } from './glance.images';

/** A real glance-api of Debian's packages on a loopback port. */
export interface Glance {
  /** Root of the API, without a version: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What an administrator does with images. */
  readonly images: GlanceImages;
  stop(): Promise<void>;
}

/** The project that owns what `images.create` makes where callers have an identity that no Keystone knows. */
export const operatorProjectId = 'operator';

/** What to start: guarded by a Keystone, `operator` is the administrator whom `images` works for. */
export type GlanceOptions = { readonly directory: string } & (
  | { readonly access?: Exclude<GlanceAccess, GuardedByKeystone> }
  | { readonly access: GuardedByKeystone; readonly operator: KeystoneCredentials }
);

/**
 * Installs Debian's Glance where it is missing (as root; about a minute, once), and starts one with its state below
 * `directory`. Started again over the same folder, it finds its images again.
 */
export async function startGlance(options: GlanceOptions): Promise<Glance> {
  const { directory, access = 'open' } = options;
  await installGlance();
  const glance = await runGlance(await configureGlance(resolve(directory), access));
  const { url } = glance.notes;
  return { url, images: new GlanceImages(url, await headersOfOperator(options)), stop: () => glance.stop() };
}

async function headersOfOperator(options: GlanceOptions): Promise<Record<string, string>> {
  if ('operator' in options) {
    return { 'x-auth-token': (await issueToken(options.access.authUrl, options.operator)).token };
  }
  return options.access === 'identity-headers' ? identityHeaders({ projectId: operatorProjectId, role: 'admin' }) : {};
}
