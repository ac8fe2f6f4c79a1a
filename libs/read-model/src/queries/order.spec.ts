import { column, defaultOrder, nullable, orderBy, pageAfter, sortOf, type SortKey } from './order';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const marker = given(
  new SampleLog().add('volume', sample.volumeId(1), sample.requested(1, { name: null })),
).volumes.get({
  id: sample.volumeId(1),
})!;

const columns = {
  id: column('id'),
  createdAt: column('created_at'),
  name: nullable('name'),
  status: column('status'),
  sizeGib: column('size_gib'),
};
type Key = SortKey<keyof typeof columns>;

const orderOf = (keys: readonly Key[]) => orderBy(columns, sortOf(keys));
const conditionOf = (order: readonly Key[]) => {
  const values: unknown[] = [];
  return { text: pageAfter(columns, sortOf(order), marker, (value) => `$${values.push(value)}`), values };
};

test('an order is made total by creation and id, in the direction of its first key', () => {
  expect(orderOf(defaultOrder)).toBe('created_at desc, id desc');
  expect(orderOf([{ by: 'sizeGib', direction: 'asc' }])).toBe('size_gib asc, created_at asc, id asc');
  expect(
    orderOf([
      { by: 'status', direction: 'desc' },
      { by: 'name', direction: 'asc' },
    ]),
  ).toBe("status desc, coalesce(name, '') asc, created_at desc, id desc");
});

test('nothing after the id matters, and a key given twice counts once', () => {
  const keys = [
    { by: 'status', direction: 'asc' },
    { by: 'status', direction: 'desc' },
    { by: 'id', direction: 'asc' },
    { by: 'name', direction: 'asc' },
  ] as const;
  expect(orderOf(keys)).toBe('status asc, id asc');
});

test('one direction is one comparison of rows, which an index answers', () => {
  expect(conditionOf(defaultOrder)).toEqual({
    text: '(created_at, id) < ($1, $2)',
    values: [momentOf(1), sample.volumeId(1)],
  });
});

test('mixed directions compare key by key', () => {
  const { text, values } = conditionOf([
    { by: 'name', direction: 'asc' },
    { by: 'createdAt', direction: 'desc' },
  ]);
  expect(text).toBe(
    "((coalesce(name, '') > $1) or (coalesce(name, '') = $1 and created_at < $2) or " +
      "(coalesce(name, '') = $1 and created_at = $2 and id > $3))",
  );
  expect(values).toEqual(['', momentOf(1), sample.volumeId(1)]);
});
