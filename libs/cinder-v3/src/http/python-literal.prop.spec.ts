import * as fc from 'fast-check';
import { pythonLiteral } from './python-literal';
import { pythonRepr } from './python-text';

test.each([
  ['None', null],
  ['True', true],
  [' false ', false],
  ['-12', -12],
  ['1.5', 1.5],
  [`"it's"`, "it's"],
  [String.raw`'it\'s'`, "it's"],
  [String.raw`"\u00e9\n"`, 'é\n'],
  ["['available', 'error',]", ['available', 'error']],
  ["('a',)", ['a']],
  ['[]', []],
  ["{'k': 'v', 1: None}", { k: 'v', '1': null }],
  ['{"k": {"a": [true]}}', { k: { a: [true] } }],
])('%s is a literal', (text, value) => {
  expect(pythonLiteral(text)).toEqual(value);
});

test.each([
  '',
  'available',
  'a b',
  '1-2',
  '1 2',
  "'open",
  String.raw`'\x'`,
  String.raw`'\u12'`,
  '[1 2]',
  '[1',
  '{1}',
  "{'a': }",
  '{[]: 1}',
  '('.repeat(50_000),
  '[['.repeat(9) + ']]'.repeat(9),
])('%j is none', (text) => {
  expect(pythonLiteral(text)).toBeUndefined();
});

test('a key named as the prototype is a key', () => {
  expect(Object.keys(pythonLiteral('{"__proto__": "x"}') as object)).toEqual(['__proto__']);
});

test('what Python prints is read back', () => {
  const text = fc.string({ unit: 'grapheme-ascii' });
  const value = fc.oneof(
    text,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(text),
    fc.dictionary(text, text),
  );
  fc.assert(fc.property(value, (one) => expect(pythonLiteral(pythonRepr(one))).toEqual(one)));
});
