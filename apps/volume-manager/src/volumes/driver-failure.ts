import type { Failure } from '@hearth/contracts';
import { DriverError } from '@hearth/driver-api';

/** A backend's error as a failure: what a tenant may read, and beside it what an operator needs. */
export function driverFailure(error: unknown, doing: string): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof DriverError ? error.code : 'failed';
  switch (code) {
    case 'full':
      return { code: 'backend.full', reason: `The backend has no room to ${doing}.`, detail };
    case 'not-found':
      return { code: 'backend.object_missing', reason: `The backend no longer has what it takes to ${doing}.`, detail };
    case 'busy':
      return { code: 'backend.failed', reason: `The backend could not ${doing} while it is in use.`, detail };
    case 'has-dependants':
      return {
        code: 'backend.failed',
        reason: `The backend could not ${doing} while something else needs it.`,
        detail,
      };
    default:
      return { code: 'backend.failed', reason: `The backend failed to ${doing}.`, detail };
  }
}
