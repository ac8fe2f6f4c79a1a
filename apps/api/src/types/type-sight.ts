import { allows, policies, type Policy, type TypeSight } from '@hearth/cinder-v3';
import type { Caller } from '../auth/caller';

/** What of volume types a caller may see. */
export function typeSight(caller: Caller): TypeSight {
  const may = (policy: Policy) => allows(policies[policy], caller);
  return {
    extraSpecs: specsInSight(may),
    qosSpecsId: may('volume_extension:access_types_qos_specs_id'),
    access: may('volume_extension:volume_type_access'),
  };
}

function specsInSight(may: (policy: Policy) => boolean): TypeSight['extraSpecs'] {
  if (!may('volume_extension:access_types_extra_specs')) return 'none';
  return may('volume_extension:types_extra_specs:read_sensitive') ? 'all' : 'user-visible';
}
