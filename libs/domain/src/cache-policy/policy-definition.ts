import { cacheBounds, type CachePolicyEvent, type ImageSelector } from '@hearth/contracts';

const { nameLengthMax, policyPoolsMax, policyPropertiesMax, policyKeepMax } = cacheBounds;
const { policyEverySecondsMin, policyEverySecondsMax } = cacheBounds;

/** What a policy says: which images are to be in which caches. */
export type CachePolicyDefinition = Omit<Extract<CachePolicyEvent, { type: 'defined' }>['data'], 'by' | 'at'>;

/** A field of a policy, and what is wrong with it as the end of a sentence. */
export interface PolicyProblem {
  readonly field: string;
  readonly problem: string;
}

/** The first thing that is wrong with a policy; `cacheBounds` has the figures. */
export function problemOf(definition: CachePolicyDefinition): PolicyProblem | undefined {
  const { name, selector, pools, keep, everySeconds } = definition;
  const problems: readonly (readonly [field: string, problem: string | undefined])[] = [
    ['name', nameProblem(name)],
    ['pools', poolsProblem(pools)],
    ['keep', wholeNumberProblem(keep, 1, policyKeepMax)],
    ['keep', 'imageId' in selector && keep > 1 ? 'must be 1 where the selector is one image' : undefined],
    ['selector', selectorProblem(selector)],
    ['everySeconds', wholeNumberProblem(everySeconds, policyEverySecondsMin, policyEverySecondsMax)],
  ];
  for (const [field, problem] of problems) if (problem !== undefined) return { field, problem };
  return undefined;
}

/** Characters, as Python and PostgreSQL count them. */
const isLong = (text: string) => [...text].length > nameLengthMax;

function nameProblem(name: string): string | undefined {
  return name.trim() === '' || isLong(name) ? `must have 1 to ${nameLengthMax} characters` : undefined;
}

function poolsProblem(pools: readonly string[]): string | undefined {
  if (pools.length === 0) return 'names no pool';
  if (pools.length > policyPoolsMax) return `has more than ${policyPoolsMax} patterns`;
  if (pools.some((pattern) => pattern.trim() === '')) return 'names a pool without a name';
  return pools.some(isLong) ? `has a pattern of more than ${nameLengthMax} characters` : undefined;
}

function selectorProblem(selector: ImageSelector): string | undefined {
  if ('imageId' in selector) return undefined;
  const { name, properties = {} } = selector;
  const wanted = Object.entries(properties);
  if (!name && wanted.length === 0) return 'selects every image: it needs an image id, a name or properties';
  if (wanted.length > policyPropertiesMax) return `has more than ${policyPropertiesMax} properties`;
  const isTooLong = isLong(name ?? '') || wanted.some(([key, value]) => isLong(key) || isLong(value));
  return isTooLong ? `has a text of more than ${nameLengthMax} characters` : undefined;
}

function wholeNumberProblem(value: number, min: number, max: number): string | undefined {
  if (!Number.isInteger(value) || value < min) return `must be at least ${min}, a whole number`;
  return value > max ? `must be at most ${max}` : undefined;
}
