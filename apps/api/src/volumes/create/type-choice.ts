import { FaultError, invalidInput, notFound } from '@hearth/cinder-v3';
import { differencesOf, meetsExtraSpecs } from '@hearth/domain';
import { isUuid } from '@hearth/kernel';
import type { VolumeTypeRow } from '@hearth/read-model';
import type { CallContext } from '../../http/request-context';
import { poolReportOf } from '../pool-reports';
import { typeFactsOf } from '../volume-type-facts';
import type { VolumeServices } from '../volume-services';
import type { CopiedSource, VolumeSources } from './volume-sources';

/** The type that a request names by id or name, if the caller may use it. Throws a fault of 404. */
export async function findNamedType(
  { reads }: Pick<VolumeServices, 'reads'>,
  wanted: string | null,
  { caller, projectId }: CallContext,
): Promise<VolumeTypeRow | undefined> {
  if (wanted === null) return undefined;
  const type = await reads.findVolumeType(wanted, caller.isAdmin ? undefined : projectId);
  if (type) return type;
  throw notFound(isUuid(wanted) ? 'Volume type' : 'Volume type with name', wanted);
}

/**
 * The type that the request names, else that of what is copied, else the one that the image names, else the default of the project
 * or of all. Throws a fault of 400 where the copy could not be of that type, 404, or 500 where an operator has removed the default.
 */
export async function chooseType(
  services: VolumeServices,
  named: VolumeTypeRow | undefined,
  { image, copied }: VolumeSources,
  call: CallContext,
): Promise<VolumeTypeRow> {
  if (copied) {
    const type = named ?? (await findNamedType(services, copied.volume.details.volumeType.id, call));
    if (type) {
      await checkCopy(services, type, copied);
      return type;
    }
  }
  const imageType = image?.identity.properties['cinder_img_volume_type'];
  return named ?? (await typeOfImage(services, imageType, call)) ?? (await defaultType(services, call));
}

/** An image's owner may name any type: what is no type's name, or not for the caller, is passed over (Cinder). */
async function typeOfImage(
  { reads }: VolumeServices,
  name: string | undefined,
  { caller, projectId }: CallContext,
): Promise<VolumeTypeRow | undefined> {
  if (name === undefined) return undefined;
  const type = await reads.findVolumeType(name, caller.isAdmin ? undefined : projectId);
  return type?.name === name ? type : undefined;
}

async function defaultType({ reads, defaults }: VolumeServices, { projectId }: CallContext): Promise<VolumeTypeRow> {
  const type = await reads.findDefaultType(defaults.volumeType, projectId);
  if (type) return type;
  const message = `The request cannot be fulfilled as the default volume type ${defaults.volumeType} cannot be found.`;
  throw new FaultError({ status: 500, message });
}

/** A copy lies beside what it is a copy of, and its bytes are the same: the type has to allow both. */
async function checkCopy(services: VolumeServices, type: VolumeTypeRow, { volume, source }: CopiedSource) {
  const before = volume.details.volumeType;
  if (type.id === before.id) return;
  const report = await poolReportOf(services, volume.pool);
  const fits = report === undefined || meetsExtraSpecs(type.extraSpecs, report) === true;
  if (fits && !differencesOf(before, await typeFactsOf(services, type)).encryption) return;
  const advice =
    source.kind === 'volume'
      ? 'either match source volume, or omit type argument'
      : 'recommend omitting the type argument';
  throw invalidInput(`Invalid volume_type provided: ${type.id} (requested type is not compatible; ${advice}).`);
}
