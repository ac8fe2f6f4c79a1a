import type { AccessRule } from './keystone.record';

/** A request that a token of an application credential is to be good for. */
export interface RuledRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** Whether one of the rules allows a request to a service that the catalogue has under one of `serviceTypes`. */
export function allowedBy(
  rules: readonly AccessRule[],
  { method, path }: RuledRequest,
  serviceTypes: readonly string[],
): boolean {
  return rules.some(
    (rule) => rule.method === method && serviceTypes.includes(rule.service) && matchesPath(rule.path, path),
  );
}

/** No path of ours is longer, and none is worth the work. */
const pathLengthMax = 2_048;

/**
 * As Keystone's middleware has it: `*` and `{name}` stand for characters without a slash, at least one; `**` for any characters, or none.
 * The work is the product of both lengths at most, however the owner of the rule wrote it.
 */
function matchesPath(pattern: string, path: string): boolean {
  if (path.length > pathLengthMax) return false;
  const steps = pattern.match(/\{[^}]*\}|\*\*|\*|[^{}*]/g) ?? [];
  let places = withSkipped(new Set([0]), steps);
  for (const character of path) {
    const next = new Set<number>();
    for (const place of places) {
      const step = steps[place];
      const isWild = step === '**' || (isOnePart(step) && character !== '/');
      if (isWild) next.add(place);
      if (step === character || (isWild && step !== '**')) next.add(place + 1);
    }
    if (next.size === 0) return false;
    places = withSkipped(next, steps);
  }
  return places.has(steps.length);
}

const isOnePart = (step: string | undefined) =>
  step === '*' || (step !== undefined && step.length > 1 && step !== '**');

/** `**` may stand for nothing. A set yields what is added while it is walked. */
function withSkipped(places: Set<number>, steps: readonly string[]): Set<number> {
  for (const place of places) if (steps[place] === '**') places.add(place + 1);
  return places;
}
