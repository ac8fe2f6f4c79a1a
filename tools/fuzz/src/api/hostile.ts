import type { Random } from '@hearth/image-format/testing';

/** Texts that have broken programs: empty, at the borders, unprintable, of other alphabets, with a meaning for SQL, NATS, HTTP, Python. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\t\n',
  'x'.repeat(255),
  'x'.repeat(256),
  'é'.repeat(255),
  '💾'.repeat(255),
  '💾'.repeat(256),
  'x'.repeat(10_000),
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\u202egnp.exe',
  'e\u0301\u0327',
  '１２',
  "'; drop table volumes; --",
  "' or '1'='1",
  '%',
  '%s%n%x',
  '_',
  'a\\',
  'hearth.facts.volume.>',
  '*.>',
  '$SYS.REQ.>',
  '_INBOX.>',
  '../../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '\r\nX-Injected: yes',
  '{{7*7}}',
  '$' + '{7*7}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'None',
  'True',
  'null',
  'NaN',
  'Infinity',
  '-1',
  '0',
  '1e400',
  '0x10',
  '9'.repeat(400),
  '2147483647',
  '2147483648',
  '-2147483649',
  '9007199254740993',
  '2026-11-21T00:00:00',
  'gt:2026-11-21T00:00:00',
  '0000-00-00',
  'id:asc,id:desc',
  "{'a': 'b'}",
  "{'a': {'b': ['c']}}",
  '['.repeat(500),
  '00000000-0000-0000-0000-000000000000',
  '00000000000000000000000000000000',
  'DEADBEEF-DEAD-4EEF-8EAD-DEADBEEFDEAD',
  '{3fa2b4c6-1111-4222-8333-abcdefabcdef}',
];

const numbers = [0, -0, 1, -1, 1.5, 255, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e308, 5e-324];

export const hostileText = (random: Random): string => random.pick(hostileTexts);

/** Any JSON where something else is expected. */
export function hostileValue(random: Random): unknown {
  switch (random.below(8)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return random.pick(numbers);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return Array.from({ length: random.pick([1, 2, 1_000]) }, () => hostileText(random));
    case 6:
      return random.oneIn(2) ? nested(random.pick([5, 60, 200])) : { [hostileText(random)]: hostileText(random) };
    default:
      return hostileText(random);
  }
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level++) value = level % 2 ? { a: value } : [value];
  return value;
}
