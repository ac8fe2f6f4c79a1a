import { invalidInput } from '../fault';
import { booleanOf } from '../http/boolean-text';

/** The statuses that volumes have here; a list filtered by another of Cinder's is empty. */
export const volumeStatuses = ['creating', 'downloading', 'available', 'error', 'deleting', 'error_deleting'] as const;
export type WireVolumeStatus = (typeof volumeStatuses)[number];

export interface ListFilters {
  readonly status?: WireVolumeStatus;
  readonly name?: string;
  readonly availabilityZone?: string;
  readonly bootable?: boolean;
  readonly host?: string;
  readonly userId?: string;
  readonly projectId?: string;
  readonly volumeTypeId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly imageMetadata?: Readonly<Record<string, string>>;
}

type Reader = (text: string, name: string) => ListFilters | 'nothing';

const readers: Readonly<Record<string, Reader>> = {
  status: (text) => {
    const status = volumeStatuses.find((known) => known === text.toLowerCase());
    return status ? { status } : 'nothing';
  },
  name: (name) => ({ name }),
  display_name: (name) => ({ name }),
  availability_zone: (availabilityZone) => ({ availabilityZone }),
  bootable: (text, name) => ({ bootable: booleanOf(text, name) }),
  volume_type_id: (volumeTypeId) => ({ volumeTypeId }),
  metadata: (text, name) => ({ metadata: pairsOf(text, name) }),
  glance_metadata: (text, name) => ({ imageMetadata: pairsOf(text, name) }),
  // What no volume has yet.
  ...Object.fromEntries(
    ['snapshot_id', 'source_volid', 'group_id', 'consistencygroup_id', 'migration_status'].map(
      (name) => [name, () => 'nothing'] satisfies [string, Reader],
    ),
  ),
};

/** Read for administrators, ignored for everybody else. */
const administratorsReaders: Readonly<Record<string, Reader>> = {
  host: (host) => ({ host }),
  user_id: (userId) => ({ userId }),
  project_id: (projectId) => ({ projectId }),
};

/** Comparisons that Cinder knows and this list does not: refused, because ignoring them would show too much. */
const comparisons = /^(name|display_name|description)~$|^(created_at|updated_at)$/;

/**
 * Reads what is left of a query after paging. As in Cinder, a filter that nobody knows is ignored for users and matches
 * nothing for administrators. Throws a fault of 400.
 */
export function readFilters(
  query: URLSearchParams,
  { isAdmin }: { readonly isAdmin: boolean },
): ListFilters | 'nothing' {
  let filters: ListFilters = {};
  let nothing = false;
  for (const [name, text] of query) {
    if (comparisons.test(name)) throw invalidInput(`The filter '${name}' is not offered.`);
    const read = readerOf(name, isAdmin)?.(text, name);
    if (read === 'nothing') nothing = true;
    else filters = { ...filters, ...read };
  }
  return nothing ? 'nothing' : filters;
}

const matchesNothing: Reader = () => 'nothing';

function readerOf(name: string, isAdmin: boolean): Reader | undefined {
  if (Object.hasOwn(readers, name)) return readers[name];
  if (!isAdmin) return undefined;
  return Object.hasOwn(administratorsReaders, name) ? administratorsReaders[name] : matchesNothing;
}

/** Pairs as JSON, or as the Python dictionary that clients print. */
function pairsOf(text: string, name: string): Readonly<Record<string, string>> {
  const pairs = parseObject(text) ?? parseObject(text.replaceAll("'", '"'));
  if (!pairs) throw invalidInput(`The filter '${name}' is not a dictionary: '${text.slice(0, 255)}'`);
  return Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, String(value)]));
}

function parseObject(text: string): Record<string, string | number | boolean> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
    const flat = plain && Object.values(value).every((item) => ['string', 'number', 'boolean'].includes(typeof item));
    return flat ? (value as Record<string, string | number | boolean>) : undefined;
  } catch {
    return undefined;
  }
}
