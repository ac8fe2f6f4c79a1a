import type { Fault } from './fault';

/** The limit in the way: GiB, or a number of volumes or snapshots. */
export interface OverQuota {
  /** Cinder's name of it: `per_volume_gigabytes`, `gigabytes`, `volumes_<type name>`, … */
  readonly exceeded: string;
  readonly limit: number;
  /** Usage and what is held for others. */
  readonly used: number;
  readonly requested: number;
}

/** Cinder's words for what is over quota. */
export function overQuotaFault(over: OverQuota): Fault {
  return { status: 413, message: sentenceOf(over), retryAfterSeconds: 0 };
}

function sentenceOf({ exceeded, limit, used, requested }: OverQuota): string {
  if (exceeded === 'per_volume_gigabytes') {
    return `VolumeSizeExceedsLimit: Requested volume size ${requested}G is larger than maximum allowed limit ${limit}G.`;
  }
  if (exceeded.startsWith('gigabytes')) {
    return (
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed ${exceeded} quota. ` +
      `Requested ${requested}G, quota is ${limit}G and ${used}G has been consumed.`
    );
  }
  if (exceeded.startsWith('snapshots')) {
    return `SnapshotLimitExceeded: Maximum number of snapshots allowed (${limit}) exceeded`;
  }
  return `VolumeLimitExceeded: Maximum number of volumes allowed (${limit}) exceeded for quota '${exceeded}'.`;
}
