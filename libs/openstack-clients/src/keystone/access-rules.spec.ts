import fc from 'fast-check';
import { allowedBy } from './access-rules';

const rule = (path: string, method = 'GET', service = 'volumev3') => ({ path, method, service });
const allows = (path: string, asked: string) =>
  allowedBy([rule(path)], { method: 'GET', path: asked }, ['block-storage', 'volumev3']);

test.each([
  ['/v3/p/volumes', '/v3/p/volumes', true],
  ['/v3/p/volumes', '/v3/p/volumes/x', false],
  ['/v3/*/volumes', '/v3/p/volumes', true],
  ['/v3/*/volumes', '/v3/p/q/volumes', false],
  ['/v3/*/volumes', '/v3//volumes', false],
  ['/v3/{project_id}/volumes/*', '/v3/p/volumes/x', true],
  ['/v3/{project_id}/volumes/*', '/v3/p/volumes/', false],
  ['/v3/**', '/v3/p/volumes/x', true],
  ['/v3/**', '/v3/', true],
  ['/v3/**', '/v2/x', false],
  ['/v3/**/detail', '/v3/p/volumes/detail', true],
  ['/v3.*', '/v3xy', false],
  ['/v3.*', '/v3.1', true],
  ['**', '/anything/at/all', true],
])('a rule for %s and a request for %s: %p', (path, asked, allowed) => {
  expect(allows(path, asked)).toBe(allowed);
});

test.each([
  ['another method', [rule('/v3/**', 'POST')]],
  ['another service', [rule('/v3/**', 'GET', 'compute')]],
  ['nothing', []],
])('rules for %s allow nothing here', (_, rules) => {
  expect(allowedBy(rules, { method: 'GET', path: '/v3/p' }, ['volumev3'])).toBe(false);
});

test('one of several rules is enough', () => {
  expect(allowedBy([rule('/x'), rule('/v3/**')], { method: 'GET', path: '/v3/p' }, ['volumev3'])).toBe(true);
});

test('it says what the same rule as a regular expression says', () => {
  const pieces = fc.array(fc.constantFrom('*', '**', '{id}', '/', 'a', 'b', '.'), { maxLength: 6 });
  const paths = fc.array(fc.constantFrom('/', 'a', 'b', '.'), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, paths, (pattern, path) => {
      const text = pattern.join('');
      const source = text.replace(/\{[^}]*\}|\*\*|\*|\./g, (piece) =>
        piece === '**' ? '.*' : piece === '.' ? '\\.' : '[^/]+',
      );
      expect(allows(text, path.join(''))).toBe(new RegExp(`^${source}$`).test(path.join('')));
    }),
  );
});

test('however a rule is written, its owner cannot keep us busy', () => {
  expect(allows('**a'.repeat(42), `${'a'.repeat(2_000)}b`)).toBe(false);
  expect(allows('**', 'x'.repeat(100_000))).toBe(false);
});
