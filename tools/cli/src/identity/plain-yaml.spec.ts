import { parsePlainYaml } from './plain-yaml';

test('mappings, lists, quotes and comments as files of settings have them', () => {
  const source = [
    '---',
    '# clouds of ours',
    'clouds:',
    '  hearth-admin:   # the operator',
    '    auth_type: admin_token',
    '    auth:',
    '      endpoint: "http://127.0.0.1:8776/v3/demo"',
    "      password: 'it''s # no comment'",
    '      project_name: a#b',
    '    verify: False',
    '    regions:',
    '    - one',
    '    - "two"',
    '    empty:',
    '    none: {}',
    '  "other": {}',
    '',
  ].join('\r\n');
  expect(parsePlainYaml(source)).toEqual({
    clouds: {
      'hearth-admin': {
        auth_type: 'admin_token',
        auth: { endpoint: 'http://127.0.0.1:8776/v3/demo', password: "it's # no comment", project_name: 'a#b' },
        ...{ verify: 'False', regions: ['one', 'two'], empty: '', none: {} },
      },
      other: {},
    },
  });
});

test('nothing is an empty mapping', () => expect(parsePlainYaml('# nothing\n')).toEqual({}));

test.each([
  ['a: 1\na: 2', "line 2: 'a' is there twice"],
  ['a: &anchor x', 'line 1: the value'],
  ['a: {b: c}', 'line 1: the value'],
  ['a: |\n  text', 'line 2: a text goes over several lines'],
  ["a: 'x", 'line 1: a quote does not end'],
  ['a: "x', 'line 1: a quote does not end'],
  ['a: "\\x41"', 'line 1: a quote does not end'],
  ['\ta: b', 'line 1: a tab cannot indent'],
  ['just a text', "line 1: it is no 'name: value'"],
  ['  a: b\nc: d', 'line 2: it does not belong'],
  ['a:\n  b: c\n    d: e', 'line 3: a text goes over several lines'],
  ['- a: b', 'line 1: a list holds texts only here'],
])('%j is refused by its line', (source, message) => {
  expect(() => parsePlainYaml(source)).toThrow(message);
});

test('no name of a file reaches an object that is not its own', () => {
  expect(Object.hasOwn(parsePlainYaml('__proto__: x') as object, '__proto__')).toBe(true);
});
