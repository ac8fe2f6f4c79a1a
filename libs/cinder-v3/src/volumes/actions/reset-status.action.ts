import { badRequest } from '../../fault';
import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

export const resetStatusSchema: WireSchema = actionSchema('os-reset_status', {
  format: 'validate_volume_reset_body',
  properties: {
    status: { type: ['string', 'null'], format: 'volume_status' },
    attach_status: { type: ['string', 'null'], format: 'volume_attach_status' },
    migration_status: { type: ['string', 'null'], format: 'volume_migration_status' },
  },
});

/** What is absent stays as it is. */
export interface ResetStatusRequest {
  readonly status?: string;
  readonly attachStatus?: 'attached' | 'detached';
  /** Null: none. */
  readonly migrationStatus?: string | null;
}

interface Argument {
  readonly status?: string | null;
  readonly attach_status?: string | null;
  readonly migration_status?: string | null;
}

/** These are for the work that leads to them. Cinder means to refuse the last two as well, and misspells it. */
const unsettable = ['deleting', 'error_deleting', 'detaching'];

/** Reads the argument of `os-reset_status`, which the schema has seen. Throws a fault of 400. */
export function parseResetStatus(argument: unknown): ResetStatusRequest {
  const asked = argument as Argument;
  const status = asked.status?.toLowerCase();
  const migrationStatus = asked.migration_status?.toLowerCase();
  if (status !== undefined && unsettable.includes(status)) throw badRequest(`Cannot reset-state to ${status}`);
  return {
    ...(status && { status }),
    ...(asked.attach_status && {
      attachStatus: asked.attach_status.toLowerCase() === 'attached' ? 'attached' : 'detached',
    }),
    ...(migrationStatus && { migrationStatus: migrationStatus === 'none' ? null : migrationStatus }),
  };
}
