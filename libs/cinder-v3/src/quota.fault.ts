import type { Fault } from './fault';

/** The limit in the way: GiB, or a number of volumes. */
export interface OverQuota {
  readonly exceeded: 'per_volume_gigabytes' | 'gigabytes' | 'volumes';
  readonly limit: number;
  readonly used: number;
  readonly requested: number;
}

/** Cinder's words for a create that is over quota. */
export function overQuotaFault({ exceeded, limit, used, requested }: OverQuota): Fault {
  return { status: 413, message: sentences[exceeded](limit, used, requested), retryAfterSeconds: 0 };
}

const sentences: Readonly<Record<OverQuota['exceeded'], (limit: number, used: number, requested: number) => string>> = {
  per_volume_gigabytes: (limit, _used, requested) =>
    `VolumeSizeExceedsLimit: Requested volume size ${requested}G is larger than maximum allowed limit ${limit}G.`,
  gigabytes: (limit, used, requested) =>
    'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. ' +
    `Requested ${requested}G, quota is ${limit}G and ${used}G has been consumed.`,
  volumes: (limit) => `VolumeLimitExceeded: Maximum number of volumes allowed (${limit}) exceeded for quota 'volumes'.`,
};
