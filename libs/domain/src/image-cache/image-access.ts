import type { ImageAccessRule, ImageIdentity } from '@hearth/contracts';

type Access = Pick<ImageIdentity, 'visibility' | 'owner'>;

/**
 * Whether a project's create may use the cache for an image that it may read. `glance`: always. `public-or-owned`: not for one that is
 * shared with the project or with the community, which SolidFire's template cache turned away.
 */
export function mayUseCache({ visibility, owner }: Access, projectId: string, rule: ImageAccessRule): boolean {
  return rule === 'glance' || visibility === 'public' || owner === projectId;
}

/**
 * Whether a project that could read an image when its record was `before` may read it by the record that is `now`. What opened it then was
 * perhaps no more than the requester's own rights, as a member or an administrator: they count as long as the record says the same.
 */
export function isStillOpenTo(projectId: string, before: Access, now: Access): boolean {
  if (now.owner === projectId || now.visibility === 'public' || now.visibility === 'community') return true;
  return now.visibility === before.visibility && now.owner === before.owner;
}
