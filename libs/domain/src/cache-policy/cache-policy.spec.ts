import type { PoolRef } from '@hearth/kernel';
import { given } from '@hearth/testing';
import { type CachePolicyCommand, cachePolicyDecider } from './cache-policy.decide';
import type { CachePolicyDefinition } from './policy-definition';
import { matchesPool } from './pool-pattern';
import { selectImages } from './select-images';

const by = { policyId: '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e' };
const at = '2026-01-02T03:04:05.000Z';
const definition: CachePolicyDefinition = {
  name: 'latest Debian',
  selector: { name: 'debian-12', properties: { os_distro: 'debian' } },
  pools: ['*'],
  keep: 2,
  pin: true,
  everySeconds: 3_600,
  enabled: true,
};
const define = (patch: Partial<CachePolicyDefinition> = {}): CachePolicyCommand => ({
  do: 'DefinePolicy',
  definition: { ...definition, ...patch },
  by,
  at,
});
const manyProperties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'v'.repeat(255)]));
const remove: CachePolicyCommand = { do: 'RemovePolicy', by, at };
const defined = { type: 'defined', data: { ...definition, by, at } } as const;
const removed = { type: 'removed', data: { by, at } } as const;

describe('a policy', () => {
  test('is defined, and defined anew when it changes', () => {
    given(cachePolicyDecider, []).when(define()).then(defined);
    given(cachePolicyDecider, [defined])
      .when(define({ keep: 3 }))
      .thenTypes('defined');
  });
  test('that is so already is not recorded again', () =>
    given(cachePolicyDecider, [defined]).when(define()).thenNothing());
  test('is removed once, and is no more then', () => {
    given(cachePolicyDecider, [defined]).when(remove).then(removed);
    given(cachePolicyDecider, [defined, removed]).when(remove).thenNothing();
    given(cachePolicyDecider, [defined, removed]).when(define()).thenRefused('cache-policy.not_found');
    given(cachePolicyDecider, []).when(remove).thenRefused('cache-policy.not_found');
  });
  test.each<[string, Partial<CachePolicyDefinition>]>([
    ['name', { name: ' ' }],
    ['name', { name: 'n'.repeat(256) }],
    ['pools', { pools: [] }],
    ['pools', { pools: ['*', ''] }],
    ['pools', { pools: ['p'.repeat(256)] }],
    ['pools', { pools: Array.from({ length: 1_001 }, (_, index) => `store-${index}@fast`) }],
    ['keep', { keep: 0 }],
    ['keep', { keep: 1.5 }],
    ['keep', { keep: 1_001 }],
    ['keep', { selector: { imageId: '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e' }, keep: 2 }],
    ['selector', { selector: {} }],
    ['selector', { selector: { properties: {} } }],
    ['selector', { selector: { name: 'n'.repeat(256) } }],
    ['selector', { selector: { properties: { os_distro: 'd'.repeat(256) } } }],
    ['selector', { selector: { properties: { ['k'.repeat(256)]: 'debian' } } }],
    ['selector', { selector: { properties: manyProperties(33) } }],
    ['everySeconds', { everySeconds: 59 }],
    ['everySeconds', { everySeconds: NaN }],
    ['everySeconds', { everySeconds: 31_536_001 }],
  ])('with a wrong %s is refused by name: %j', (field, patch) => {
    const { decision } = given(cachePolicyDecider, []).when(define(patch));
    expect(decision).toMatchObject({ refused: 'cache-policy.invalid', data: { field } });
  });
  test('may be as large as the bounds say, in characters', () => {
    const largest: Partial<CachePolicyDefinition> = {
      name: '💾'.repeat(255),
      selector: { name: 'n'.repeat(255), properties: manyProperties(32) },
      pools: Array.from({ length: 1_000 }, (_, index) => `store-${index}@fast`),
      keep: 1_000,
      everySeconds: 31_536_000,
    };
    given(cachePolicyDecider, []).when(define(largest)).thenTypes('defined');
    given(cachePolicyDecider, [])
      .when(define({ everySeconds: 60, keep: 1 }))
      .thenTypes('defined');
  });
});

test.each([
  ['*', true],
  ['store-01@fast#default', true],
  ['store-01@fast', true],
  ['*@fast', true],
  ['store-*#default', true],
  ['*store*fast*default*', true],
  ['store-01@fast#*', true],
  ['store-01', false],
  ['store-02@fast', false],
  ['*@slow', false],
  ['default', false],
  ['store-01@fast#default*default', false],
  ['store.01@fast', false],
])('the pattern %s is about store-01@fast#default: %s', (pattern, isAbout) =>
  expect(matchesPool(pattern, 'store-01@fast#default' as PoolRef)).toBe(isAbout),
);

describe('a selector', () => {
  const image = (id: string, day: number, patch = {}) => ({
    ...{ id, name: 'debian-12', createdAt: `2026-01-0${day}T00:00:00Z` },
    ...{ properties: { os_distro: 'debian', visibility: 'public', owner: 'operator' }, ...patch },
  });
  const images = [
    image('a', 1),
    image('c', 3),
    image('b', 2),
    image('other', 9, { name: 'fedora' }),
    image('plain', 9, { properties: { visibility: 'public' } }),
  ];
  const idsOf = (...args: Parameters<typeof selectImages>) => selectImages(...args).map(({ id }) => id);
  test('finds the newest of a name with all the properties', () =>
    expect(idsOf(definition.selector, 2, images)).toEqual(['c', 'b']));
  test('of a name alone does not look at properties', () =>
    expect(idsOf({ name: 'debian-12' }, 9, images)).toEqual(['plain', 'c', 'b', 'a']));
  test('of one image finds that one', () => expect(idsOf({ imageId: 'other' }, 1, images)).toEqual(['other']));
  describe('finds images that anybody may have named so', () => {
    const theirs = (id: string, visibility: string) =>
      image(id, 8, { properties: { os_distro: 'debian', visibility, owner: 'tenant' } });
    const all = [...images, theirs('private', 'private'), theirs('shared', 'shared'), theirs('community', 'community')];
    const { name } = definition.selector as { name: string };
    test('only where they are public, unless it says otherwise', () => {
      expect(idsOf(definition.selector, 9, all)).toEqual(['c', 'b', 'a']);
      expect(idsOf({ properties: { os_distro: 'debian' } }, 9, all)).toEqual(['other', 'c', 'b', 'a']);
    });
    test('by their visibility or owner, where it says so', () => {
      expect(idsOf({ name, properties: { visibility: 'shared' } }, 9, all)).toEqual(['shared']);
      expect(idsOf({ name, properties: { owner: 'tenant' } }, 9, all)).toEqual(['shared', 'private', 'community']);
      expect(idsOf({ name, properties: { visibility: 'public' } }, 1, all)).toEqual(['plain']);
    });
    test('by their id', () => expect(idsOf({ imageId: 'private' }, 1, all)).toEqual(['private']));
  });
  test('does not take what every object has for a property', () =>
    expect(idsOf({ properties: { toString: 'x' } }, 9, images)).toEqual([]));
});
