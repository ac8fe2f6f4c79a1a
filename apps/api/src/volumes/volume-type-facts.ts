import { invalidInput } from '@hearth/cinder-v3';
import type { VolumeTypeFacts } from '@hearth/contracts';
import type { VolumeTypeRow } from '@hearth/read-model';
import type { VolumeServices } from './volume-services';

/** A type as it is now, with the QoS specs that whoever connects a volume has to know. */
export async function typeFactsOf(
  { reads }: Pick<VolumeServices, 'reads'>,
  row: VolumeTypeRow,
): Promise<VolumeTypeFacts> {
  const qos = row.qosSpecsId === null ? undefined : await reads.findQosSpecsOfType(row.id);
  const { encryption } = row;
  return {
    id: row.id,
    name: row.name,
    extraSpecs: { ...row.extraSpecs },
    ...(qos && qos.consumer !== 'back-end' && { qosSpecs: { ...qos.specs } }),
    ...(encryption && {
      encryption: {
        provider: encryption.provider,
        cipher: encryption.cipher,
        keySize: encryption.keySize,
        controlLocation: encryption.controlLocation,
      },
    }),
  };
}

const least = 'provisioning:min_vol_size';
const most = 'provisioning:max_vol_size';

/** Throws a fault of 400 unless a volume of the type may have so many GiB. */
export function checkTypeSize({ name, extraSpecs }: Pick<VolumeTypeRow, 'name' | 'extraSpecs'>, sizeGib: number): void {
  const [minimum, maximum] = [extraSpecs[least], extraSpecs[most]];
  if (minimum !== undefined && sizeGib < Number(minimum)) {
    throw invalidInput(
      `Specified volume size of '${sizeGib}' is less than the minimum required size of '${minimum}' for volume type '${name}'.`,
    );
  }
  if (maximum !== undefined && sizeGib > Number(maximum)) {
    throw invalidInput(
      `Specified volume size of '${sizeGib}' is greater than the maximum allowable size of '${maximum}' for volume type '${name}'.`,
    );
  }
}
