import { mayUseCache } from './image-access';

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
