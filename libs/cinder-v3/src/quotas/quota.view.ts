import { type RateUsage, ratesView } from '../limits/rate-limit';

/** What a project may use of a resource and what it uses; -1 is unlimited. */
export interface QuotaFields {
  readonly limit: number;
  readonly inUse: number;
  readonly reserved: number;
}

/** By resource. */
export type QuotaSetFields = Readonly<Record<string, QuotaFields>>;

/** Limits alone. */
export function limitsOf(quotas: QuotaSetFields): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(quotas).map(([resource, { limit }]) => [resource, limit]));
}

const kindsOfTypes = ['volumes', 'gigabytes', 'snapshots'] as const;

/** Without the resources of the volume types of these names: `volumes_<type name>` and the like. */
export function withoutTypes<Value>(
  byResource: Readonly<Record<string, Value>>,
  typeNames: readonly string[],
): Readonly<Record<string, Value>> {
  const hidden = new Set(typeNames.flatMap((name) => kindsOfTypes.map((kind) => `${kind}_${name}`)));
  return Object.fromEntries(Object.entries(byResource).filter(([resource]) => !hidden.has(resource)));
}

/** `GET /os-quota-sets/{project}?usage=True`. */
export function quotaUsageView(projectId: string, quotas: QuotaSetFields) {
  const usages = Object.entries(quotas).map(([resource, { limit, inUse, reserved }]) => [
    resource,
    { limit, in_use: inUse, reserved },
  ]);
  return { quota_set: { ...Object.fromEntries(usages), id: projectId } };
}

/** `GET /os-quota-sets/{project}`, and its defaults; `id` is left out of the answer to a change. */
export const quotaSetView = (limits: Readonly<Record<string, number>>, id?: string) => ({
  quota_set: { ...limits, ...(id !== undefined && { id }) },
});

/** `GET /os-quota-class-sets/{class}`; `id` is left out of the answer to a change. */
export const quotaClassView = (limits: Readonly<Record<string, number>>, id?: string) => ({
  quota_class_set: { ...limits, ...(id !== undefined && { id }) },
});

const limitNames = {
  maxTotalVolumes: 'volumes',
  maxTotalSnapshots: 'snapshots',
  maxTotalVolumeGigabytes: 'gigabytes',
  maxTotalBackups: 'backups',
  maxTotalBackupGigabytes: 'backup_gigabytes',
} as const;

const usedNames = {
  totalVolumesUsed: 'volumes',
  totalGigabytesUsed: 'gigabytes',
  totalSnapshotsUsed: 'snapshots',
  totalBackupsUsed: 'backups',
  totalBackupGigabytesUsed: 'backup_gigabytes',
} as const;

/** `GET /limits`; `rates` are those of whoever asks. */
export function limitsView(
  quotas: QuotaSetFields,
  { withUsed, rates }: { readonly withUsed: boolean; readonly rates: readonly RateUsage[] },
) {
  const named = (names: Readonly<Record<string, string>>, field: 'limit' | 'inUse') =>
    Object.entries(names).map(([name, resource]) => [name, quotas[resource]?.[field] ?? 0] as const);
  const used = withUsed ? named(usedNames, 'inUse') : [];
  return { limits: { rate: ratesView(rates), absolute: Object.fromEntries([...named(limitNames, 'limit'), ...used]) } };
}
