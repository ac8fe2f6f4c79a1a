import { isStillOpenTo, mayUseCache } from './image-access';

test.each(['public', 'private', 'shared', 'community'])('whoever may read a %s image may use its copy', (visibility) =>
  expect(mayUseCache({ visibility, owner: 'other' }, 'demo', 'glance')).toBe(true),
);

test.each([
  ['public', 'other', true],
  ['private', 'demo', true],
  ['shared', 'demo', true],
  ['shared', 'other', false],
  ['community', 'other', false],
  ['private', null, false],
])('the stricter rule: a %s image of %s', (visibility, owner, allowed) =>
  expect(mayUseCache({ visibility, owner }, 'demo', 'public-or-owned')).toBe(allowed),
);

test.each([
  ['stays public', ['public', 'other'], ['public', 'other'], true],
  ['stays private, which its requester could read all the same', ['private', 'other'], ['private', 'other'], true],
  ['stays shared', ['shared', 'other'], ['shared', 'other'], true],
  ['becomes public', ['private', 'other'], ['public', 'other'], true],
  ['becomes the community’s', ['shared', 'other'], ['community', 'other'], true],
  ['becomes the project’s own', ['public', 'other'], ['private', 'demo'], true],
  ['becomes private', ['public', 'other'], ['private', 'other'], false],
  ['is shared with members alone by now', ['community', 'other'], ['shared', 'other'], false],
  ['is another’s by now', ['private', 'demo'], ['private', 'other'], false],
] as const)('an image that %s', (_, before, now, open) => {
  const access = ([visibility, owner]: readonly [string, string]) => ({ visibility, owner });
  expect(isStillOpenTo('demo', access(before), access(now))).toBe(open);
});
