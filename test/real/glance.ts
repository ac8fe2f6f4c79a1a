import { resolve } from 'node:path';
import { configureGlance, identityHeaders, type GlanceAccess } from './glance.config';
import { GlanceImages } from './glance.images';
import { installGlance } from './glance.install';
import { runGlance } from './glance.process';

export { identityHeaders, type GlanceAccess } from './glance.config';
export { GlanceRefusal, type GlanceImageRecord, type ImagePatch, type ImageToCreate } from './glance.images';

/** A real glance-api of Debian's packages on a loopback port. */
export interface Glance {
  /** Root of the API, without a version: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What an administrator does with images. */
  readonly images: GlanceImages;
  stop(): Promise<void>;
}

/** The project that owns what `images.create` makes where callers have an identity. */
export const operatorProjectId = 'operator';

/**
 * Installs Debian's Glance where it is missing (as root; about a minute, once), and starts one with its state below
 * `directory`. Started again over the same folder, it finds its images again.
 */
export async function startGlance({
  directory,
  access = 'open',
}: {
  directory: string;
  access?: GlanceAccess;
}): Promise<Glance> {
  await installGlance();
  const glance = await runGlance(await configureGlance(resolve(directory), access));
  const headers = access === 'open' ? {} : identityHeaders({ projectId: operatorProjectId, role: 'admin' });
  const { url } = glance.notes;
  return { url, images: new GlanceImages(url, headers), stop: () => glance.stop() };
}
