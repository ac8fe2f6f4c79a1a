/**
 * Who may do something, in the project of the request. `anyone`: every token that is scoped to a project. `reader`, `member`:
 * who has that role there, as Keystone's secure defaults have them; an administrator may do all of it in every project.
 * `service`: a service that vouches for itself by X-Service-Token, or an administrator.
 */
export type Rule = 'anyone' | 'reader' | 'member' | 'admin' | 'service';

/** Of a caller what rules look at. */
export interface Bearer {
  readonly roles: readonly string[];
  readonly isAdmin: boolean;
  readonly isService: boolean;
}

/** Whether a rule lets a caller do something in its own project. */
export function allows(rule: Rule, { roles, isAdmin, isService }: Bearer): boolean {
  if (isAdmin || rule === 'anyone') return true;
  switch (rule) {
    case 'reader':
      return roles.includes('reader') || roles.includes('member');
    case 'member':
      return roles.includes('member');
    case 'service':
      return isService;
    case 'admin':
      return false;
  }
}
