import { pairsFilter } from './list-filters';

const read = (text: string) => pairsFilter('metadata')({ text, name: 'metadata', minor: 70 });

test('every pair of a dictionary is looked for, whatever its name', () => {
  expect(read("{'a': 'x', 'b': 1, 'c': True}")).toEqual({ metadata: { a: 'x', b: '1', c: 'true' } });
  expect(JSON.stringify(read("{'__proto__': 'x'}"))).toBe('{"metadata":{"__proto__":"x"}}');
});

test.each(['x', "['a']", "{'a': None}", "{'a': {'b': 'c'}}"])('%s matches nothing', (text) => {
  expect(read(text)).toBe('nothing');
});
