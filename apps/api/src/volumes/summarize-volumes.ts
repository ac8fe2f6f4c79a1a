import { readAllTenants, summaryMetadataMinor, volumeTotals } from '@hearth/cinder-v3';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** What the volumes of the caller's project come to, or of all for an administrator. Throws a fault of 400. */
export async function summarizeVolumes({ reads }: VolumeServices, call: CallContext) {
  const allTenants = readAllTenants(call.query, call.caller.isAdmin);
  const project = allTenants ? 'all' : { id: call.projectId };
  return volumeTotals(await reads.summarizeVolumes({ project, withMetadata: call.minor >= summaryMetadataMinor }));
}
