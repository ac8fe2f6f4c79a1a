import { listing, table } from './table';

const columns = [
  { title: 'ID', text: ({ id }: Row) => id },
  { title: 'NAME', text: ({ name }: Row) => name, shrinks: true },
  { title: 'GIB', text: ({ gib }: Row) => String(gib), align: 'right' },
] as const;
interface Row {
  readonly id: string;
  readonly name: string;
  readonly gib: number;
}
const row = { id: '0123456789', name: 'a name that is long', gib: 100 };

test('where there is no terminal nothing is shortened', () => {
  expect(table(columns, [row], '')).toBe('ID          NAME                 GIB\n0123456789  a name that is long  100');
});

test('a narrow terminal shortens what may be, and never an id', () => {
  expect(table(columns, [row], '', 30)).toBe('ID          NAME           GIB\n0123456789  a name that …  100');
  expect(table(columns, [row], '', 5).split('\n')[1]).toBe('0123456789  a name …  100');
});

test('what would move the cursor of a terminal is not shown', () => {
  const evil = 'a\u001b[2Jb\nc';
  expect(table(columns, [{ ...row, name: evil }], '')).not.toMatch(/\u001b|b\nc/);
  expect(listing({ name: evil })).toBe('name  a [2Jb c');
});

test('no rows are a sentence', () => {
  expect(table(columns, [], 'nothing')).toBe('nothing');
});
