import { actorText, type Pool } from '../cache/answers';
import { type Finding, found } from './finding';

const caches = found('cache');

/** What of the caches is switched off, misconfigured, or without a limit. */
export function cacheFindings(pools: readonly Pool[]): readonly Finding[] {
  if (pools.length === 0) {
    return [caches('warning', null, 'no host has reported a pool', 'start a volume-manager with a backend')];
  }
  const findings = pools.flatMap((pool) => [...stateFindings(pool), ...limitFindings(pool), ...contentFindings(pool)]);
  const isWell = findings.every(({ level }) => level === 'note');
  return isWell ? [caches('ok', null, `nothing is wrong with ${pools.length} pools`), ...findings] : findings;
}

function stateFindings({ pool, state, reason, off, settings }: Pool): readonly Finding[] {
  if (off) {
    const todo = `hearth cache on '${pool}'`;
    return [caches('note', pool, `switched off by ${actorText(off.by)}; entries ${off.ready}`, todo)];
  }
  if (state === null || !settings) {
    return [caches('warning', pool, 'its host has not reported what its cache may do', 'start its volume-manager')];
  }
  if (state === 'disabled') {
    const todo = 'image_volume_cache_enabled: true in the stanza of the backend switches it on';
    return [caches('note', pool, `no cache: ${reason ?? 'it is not enabled'}`, todo)];
  }
  if (state === 'misconfigured') {
    return [
      caches('failing', pool, `misconfigured, so that every volume is made by download: ${reason}`, cureOf(reason)),
    ];
  }
  return [];
}

function cureOf(reason: string | null): string {
  if (reason?.includes('cinder_internal_tenant')) {
    return 'make a project and a user for image-volumes, and name both in the stanza of the backend (docs/image-volume-cache.md)';
  }
  return 'correct the stanza of the backend, and start its volume-manager again';
}

function limitFindings({ pool, state, settings }: Pool): readonly Finding[] {
  if (state !== 'enabled' || !settings) return [];
  const { max_size_gib: size, max_count: count, max_percent: percent } = settings;
  if (size > 0 || count > 0 || percent > 0) return [];
  const todo = `image_volume_cache_max_size_gb bounds it; how large: hearth cache advise --pool '${pool}'`;
  return [caches('warning', pool, 'the cache has no limit: it may fill the pool', todo)];
}

/** Of fills, from here on: one failure may be chance. */
const failedShareMin = 0.1;

function contentFindings(pool: Pool): readonly Finding[] {
  const { pool: name, fills_failed: failed, misses, suspended_count: suspended } = pool;
  const { retired_gib: retired, size_gib: serving, retired_count: count } = pool;
  return [
    ...(failed > 0 && failed >= failedShareMin * misses
      ? [
          caches(
            'warning',
            name,
            `${failed} fills failed, of ${misses} misses`,
            `hearth cache list --reason fill-failed --pool '${name}'`,
          ),
        ]
      : []),
    ...(suspended > 0
      ? [
          caches(
            'note',
            name,
            `${suspended} entries are suspended: their images cannot be used now`,
            `hearth cache list --suspended --pool '${name}'`,
          ),
        ]
      : []),
    ...(retired > serving
      ? [
          caches(
            'warning',
            name,
            `${count} retired entries take ${retired} GiB, more than all that serve (${serving} GiB)`,
            `hearth cache list --status retired --pool '${name}' and used-by say who needs them; hearth cache clean removes the others`,
          ),
        ]
      : []),
  ];
}
