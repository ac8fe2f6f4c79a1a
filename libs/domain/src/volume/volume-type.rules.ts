import type { VolumeTypeFacts } from '@hearth/contracts';
import { sameJson } from './same-json';

/** Whether volumes of the type may have several attachments at once (Cinder's extra spec `multiattach`). */
export function isMultiattach({ extraSpecs }: VolumeTypeFacts): boolean {
  return extraSpecs['multiattach']?.trim().toLowerCase() === '<is> true';
}

/** What would differ in the data, or for who uses the volume, if it were of the other type. */
export function differencesOf(before: VolumeTypeFacts, after: VolumeTypeFacts) {
  return {
    encryption: !sameJson(before.encryption, after.encryption),
    multiattach: isMultiattach(before) !== isMultiattach(after),
    qos: !sameJson(before.qosSpecs ?? {}, after.qosSpecs ?? {}),
  };
}
