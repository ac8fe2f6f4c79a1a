import { badRequest, invalidInput } from '@hearth/cinder-v3';
import type { VolumeTypeRow } from '@hearth/read-model';
import type { VolumeServices } from '../volume-services';
import type { CopiedSource } from './volume-sources';

interface Bounds {
  readonly row: Pick<VolumeTypeRow, 'extraSpecs'>;
  readonly copied: CopiedSource | undefined;
}

/** Extra spec of a type whose volumes may only be in these zones, with commas between. */
const zonesSpec = 'RESKEY:availability_zones';

/**
 * The zone of a new volume: the one that is named, else that of what is copied, else the default; or the first known one of those
 * that the type names. Throws a fault of 400.
 */
export function chooseZone(services: VolumeServices, named: string | null, { row, copied }: Bounds): string {
  const { availabilityZone: usual } = services.defaults;
  const isKnown = (zone: string) => zone === usual || services.isKnownZone(zone);
  const ofType = zonesOf(row);
  const allowed = ofType?.filter(isKnown);
  if (ofType && allowed?.length === 0) {
    throw badRequest(
      `Volume type is only supported in these availability zones: [${ofType.map((zone) => `'${zone}'`).join(', ')}]`,
    );
  }
  const first = allowed === undefined || allowed.includes(usual) ? usual : allowed[0]!;
  const zone = named ?? copied?.volume.availabilityZone ?? first;
  const fits = allowed ? allowed.includes(zone) : isKnown(zone) || zone === copied?.volume.availabilityZone;
  if (!fits) throw badRequest(`Availability zone '${zone}' is invalid.`);
  if (copied && copied.volume.availabilityZone !== zone) {
    const what = copied.source.kind === 'snapshot' ? 'snapshot' : 'source volume';
    throw invalidInput(`Volume must be in the same availability zone as the ${what}`);
  }
  return zone;
}

function zonesOf({ extraSpecs }: Bounds['row']): readonly string[] | undefined {
  const zones = extraSpecs[zonesSpec]
    ?.split(',')
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '');
  return zones && zones.length > 0 ? zones : undefined;
}
