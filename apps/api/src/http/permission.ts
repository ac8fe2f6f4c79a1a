import type { Route } from '@hearth/cinder-v3';
import { authorise } from '../auth/authorise';
import type { Caller } from '../auth/caller';

/** Whether it was looked at for one request that its caller may do what it asks. */
export class Permission {
  private looked = false;

  constructor(
    private readonly caller: Caller,
    private readonly policy: Route['policy'] | undefined,
  ) {}

  /** Looks at the route's own policy. Throws a fault of 403. */
  readonly authorise = (): void => {
    const { policy } = this;
    if (policy !== undefined && policy !== 'open' && policy !== 'by action') authorise(this.caller, policy);
    this.looked = true;
  };

  /** Another policy was looked at in its stead. */
  readonly authorised = (): void => {
    this.looked = true;
  };

  /** Throws unless somebody has looked. */
  demand(route: string | undefined): void {
    if (!this.looked) throw new Error(`nobody looked whether the caller may do what ${route ?? 'the request'} does`);
  }
}
