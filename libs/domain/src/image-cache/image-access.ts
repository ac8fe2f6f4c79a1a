import type { ImageAccessRule, ImageIdentity } from '@hearth/contracts';

/**
 * Whether a project's create may use the cache for an image that it may read. `glance`: always. `public-or-owned`: not for one that is
 * shared with the project or with the community, which SolidFire's template cache turned away.
 */
export function mayUseCache(
  { visibility, owner }: Pick<ImageIdentity, 'visibility' | 'owner'>,
  projectId: string,
  rule: ImageAccessRule,
): boolean {
  return rule === 'glance' || visibility === 'public' || owner === projectId;
}
