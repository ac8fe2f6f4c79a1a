import { type Answer, differencesBetween } from './compare';

const answer = (body: unknown, status = 200): Answer => ({ status, headers: {}, body });
const between = (recorded: unknown, found: unknown) => differencesBetween(answer(recorded), answer(found));

test.each([
  ['a body where none was', null, {}, ' is object instead of null'],
  ['no body where one was', { volume: {} }, null, ' is null instead of object'],
  [
    'a null where something was',
    { volume: { name: 'n' } },
    { volume: { name: null } },
    '.volume.name is null instead of string',
  ],
  [
    'something where null was',
    { volume: { name: null } },
    { volume: { name: 'n' } },
    '.volume.name is string instead of null',
  ],
  [
    'a dictionary that is none',
    { metadata: { key: 'value' } },
    { metadata: [] },
    '.metadata is a list instead of object',
  ],
  [
    'the fourth item of a list',
    { ids: [{ a: 1 }] },
    { ids: [{ a: 1 }, { a: 1 }, { a: 1 }, {}] },
    '.ids[].a is missing',
  ],
  ['a value', { volume: { size: 1 } }, { volume: { size: 2 } }, '.volume.size is 2 instead of the value 1'],
  ['a key too many', { volume: {} }, { volume: { more: 1 } }, '.volume.more is not in the recording'],
])('%s is a difference', (_, recorded, found, difference) => {
  expect(between(recorded, found)).toEqual([difference]);
});

test.each([
  ['the same', { volume: { size: 1, name: null } }],
  ['other ids, moments and keys of a tenant', { id: 'a', created_at: 'x', metadata: { one: '1' } }],
])('%s is none', (_, recorded) => {
  expect(
    between(recorded, { ...recorded, ...('id' in recorded && { id: 'b', created_at: 'y', metadata: { other: 2 } }) }),
  ).toEqual([]);
});

test('a status and a header that a client reads are compared', () => {
  const recorded = { status: 200, headers: { Vary: 'a' }, body: null };
  expect(differencesBetween(recorded, { status: 202, headers: { vary: 'b' }, body: null })).toEqual([
    'status 202 instead of 200',
    'header Vary is b instead of a',
  ]);
});
