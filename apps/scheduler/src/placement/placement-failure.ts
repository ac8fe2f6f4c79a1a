import type { Failure } from '@hearth/contracts';
import type { Placement } from '@hearth/domain';

/** Pools that the sentence names; the list in the fact holds them all. */
const namedMax = 20;

/** Why no pool takes a volume: a short sentence for its owner, and for operators what every pool said. */
export function placementFailure(sizeGib: number, rejected: Placement['rejected'], down: readonly string[]): Failure {
  const clauses = [...rejected.map(({ pool, reason }) => `${pool} ${reason}`), ...down];
  const more = clauses.length > namedMax ? `; and ${clauses.length - namedMax} more` : '';
  const detail =
    clauses.length === 0
      ? 'no volume-manager reports any pool: is one running, and can it reach NATS?'
      : `no pool takes ${sizeGib} GiB: ${clauses.slice(0, namedMax).join('; ')}${more}`;
  return { code: 'placement.no_valid_backend', reason: 'No valid backend was found for this volume.', detail };
}
