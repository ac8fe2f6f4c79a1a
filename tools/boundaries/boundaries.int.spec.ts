import { type Clone, freshClone, type Verdict } from './clone.testing';

// The guards are tried on a fresh clone, because a guard that silently does nothing looks exactly like a clean house.

/** One forbidden thing: what it is, the rule that must see it, the file that does it, and its text. */
type Plant = readonly [title: string, rule: string, file: string, text: string];

const uses = (specifier: string) => `import * as used from '${specifier}';\nexport const planted = used;\n`;

const forbiddenImports: readonly Plant[] = [
  ['the domain reads files', 'node-domain', 'libs/domain/src/planted-fs.ts', uses('node:fs')],
  ['the domain uses a package', 'npm-domain', 'libs/domain/src/planted-zod.ts', uses('zod')],
  ['the domain uses a port', 'layer-domain', 'libs/domain/src/planted-port.ts', uses('@hearth/event-sourcing')],
  ['the kernel uses a module of Node', 'node-kernel', 'libs/kernel/src/planted-node.ts', uses('node:crypto')],
  ['the kernel uses the contracts', 'layer-kernel', 'libs/kernel/src/planted-lib.ts', uses('@hearth/contracts')],
  ['the contracts use a port', 'layer-contract', 'libs/contracts/src/planted-port.ts', uses('@hearth/driver-api')],
  ['the contracts use a package', 'npm-contract', 'libs/contracts/src/planted-pino.ts', uses('pino')],
  ['a port uses an adapter', 'layer-port', 'libs/event-sourcing/src/planted-nats.ts', uses('@hearth/event-store-nats')],
  ['a port uses the domain', 'layer-port', 'libs/driver-api/src/planted-domain.ts', uses('@hearth/domain')],
  ['a port uses a package', 'npm-port', 'libs/driver-api/src/planted-zod.ts', uses('zod')],
  ['an adapter uses another', 'layer-adapter', 'libs/read-model/src/planted-nats.ts', uses('@hearth/event-store-nats')],
  ['an adapter uses the domain', 'layer-adapter', 'libs/drivers/src/planted-domain.ts', uses('@hearth/domain')],
  ['an adapter uses the technology of another', 'npm-adapter', 'libs/drivers/src/planted-pg.ts', uses('pg')],
  ['the wire uses Nest', 'npm-adapter', 'libs/cinder-v3/src/planted-nest.ts', uses('@nestjs/common')],
  ['the format reader reads files', 'node-format', 'libs/image-format/src/planted-fs.ts', uses('node:fs/promises')],
  ['the format reader knows events', 'layer-format', 'libs/image-format/src/planted.ts', uses('@hearth/contracts')],
  ['the platform uses an adapter', 'layer-platform', 'libs/platform/src/planted.ts', uses('@hearth/read-model')],
  ['a test aid knows the contracts', 'layer-testing-tests', 'libs/testing/src/planted.ts', uses('@hearth/contracts')],
  ['a lib uses an app', 'layer-adapter', 'libs/drivers/src/planted-app.ts', uses('../../../apps/api/src/main')],
  ['an app uses an app', 'no-app-to-app', 'apps/notifier/src/planted.ts', uses('../../api/src/main')],
  ['an app uses a package of an adapter', 'npm-app', 'apps/api/src/planted-undici.ts', uses('undici')],
  [
    'the scheduler uses the read model',
    'reach-scheduler-not-pg',
    'apps/scheduler/src/planted-pg.ts',
    uses('@hearth/read-model'),
  ],
  [
    'the scheduler uses Glance',
    'reach-scheduler-not-glance',
    'apps/scheduler/src/planted-glance.ts',
    uses('@hearth/openstack-clients'),
  ],
  ['the api uses the drivers', 'reach-api-not-backend', 'apps/api/src/planted.ts', uses('@hearth/drivers')],
  [
    'the janitor uses the drivers',
    'reach-cache-janitor-not-backend',
    'apps/cache-janitor/src/planted.ts',
    uses('@hearth/drivers'),
  ],
  [
    'a host reads the database',
    'reach-volume-manager-not-pg',
    'apps/volume-manager/src/planted.ts',
    uses('@hearth/read-model'),
  ],
  [
    'the notifier uses Glance',
    'reach-notifier-not-glance',
    'apps/notifier/src/planted-glance.ts',
    uses('@hearth/openstack-clients'),
  ],
  [
    'production code uses test aids',
    'no-test-code-in-production',
    'apps/api/src/planted-testing.ts',
    uses('@hearth/testing'),
  ],
  [
    'production code starts test servers',
    'no-test-code-in-production',
    'libs/read-model/src/planted-servers.ts',
    uses('@hearth/testing/servers'),
  ],
  [
    'production code uses the testing door of a port',
    'no-test-code-in-production',
    'libs/drivers/src/planted-door.ts',
    uses('@hearth/driver-api/testing'),
  ],
  [
    'production code uses a development package',
    'no-dev-package-in-production',
    'libs/drivers/src/planted-dev.ts',
    uses('fast-check'),
  ],
  [
    'a package that nobody declared',
    'no-undeclared-package',
    'libs/platform/src/planted-undeclared.ts',
    uses('fastify'),
  ],
  ['a deep import by name', 'no-unresolvable', 'apps/api/src/planted-deep.ts', uses('@hearth/kernel/src/units')],
  ['a deep import by path', 'no-deep-import', 'apps/api/src/planted-path.ts', uses('../../../libs/kernel/src/units')],
  [
    'a deep import by path between libs',
    'no-deep-import',
    'libs/contracts/src/planted-path.ts',
    uses('../../kernel/src/units'),
  ],
  [
    'a lib imported by path, at its door',
    'no-relative-import-of-a-lib',
    'libs/contracts/src/planted-door.ts',
    uses('../../kernel/src/index'),
  ],
  ['a lib that imports itself by name', 'no-own-name', 'libs/kernel/src/planted-self.ts', uses('@hearth/kernel')],
  [
    'a spec of an adapter that uses another adapter',
    'layer-adapter-tests',
    'libs/read-model/src/planted.spec.ts',
    uses('@hearth/event-store-nats'),
  ],
];

const forbiddenCode: readonly Plant[] = [
  ['a clock in the domain', 'no-restricted-globals', 'libs/domain/src/code-1.ts', 'export const now = Date.now();\n'],
  [
    'chance in the kernel',
    'no-restricted-properties',
    'libs/kernel/src/code-2.ts',
    'export const n = Math.random();\n',
  ],
  [
    'the process in the domain',
    'no-restricted-globals',
    'libs/domain/src/code-3.ts',
    'export const p = process.pid;\n',
  ],
  [
    'the environment outside config.ts',
    'no-restricted-properties',
    'apps/api/src/code-4.ts',
    'export const home = process.env.HOME;\n',
  ],
  [
    'a promise nobody waits for',
    '@typescript-eslint/no-floating-promises',
    'libs/drivers/src/code-5.ts',
    'export function start(): void {\n  Promise.resolve(1);\n}\n',
  ],
  [
    'a switch that forgets a case',
    '@typescript-eslint/switch-exhaustiveness-check',
    'libs/contracts/src/code-6.ts',
    "export function f(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 0;\n}\n",
  ],
  ['any', '@typescript-eslint/no-explicit-any', 'libs/contracts/src/code-7.ts', 'export const anything = {} as any;\n'],
  ['a default export', 'no-restricted-syntax', 'libs/contracts/src/code-8.ts', 'export default 1;\n'],
  [
    'forwardRef',
    'no-restricted-syntax',
    'apps/api/src/code-9.ts',
    "import { forwardRef } from '@nestjs/common';\nexport const late = forwardRef" + '(() => Object);\n',
  ],
  [
    'a silenced compiler',
    '@typescript-eslint/ban-ts-comment',
    'libs/contracts/src/code-10.ts',
    '// @ts-ignore\nexport const one = 1;\n',
  ],
];

let clone: Clone;
let clean: Verdict;
let planted: Verdict;
let linted: Verdict;

beforeAll(() => {
  clone = freshClone();
  clean = clone.checkBoundaries();
  for (const [, , file, text] of [...forbiddenImports, ...forbiddenCode]) clone.write(file, text);
  clone.write('libs/kernel/src/circle-a.ts', uses('./circle-b'));
  clone.write('libs/kernel/src/circle-b.ts', uses('./circle-a'));
  clone.append('libs/platform/src/index.ts', "export { planted } from './through';\n");
  clone.write('libs/platform/src/through.ts', uses('pg'));
  clone.write('apps/scheduler/src/through.ts', uses('@hearth/platform'));
  planted = clone.checkBoundaries();
  linted = clone.lint(forbiddenCode.map(([, , file]) => file));
}, 180_000);

afterAll(() => clone.dispose());

test('the clean tree is accepted', () => {
  expect(clean).toEqual({ accepted: true, violations: [], message: '' });
});

test.each(forbiddenImports)('refused: %s', (_title, rule, file) => {
  expect(planted.violations).toContainEqual({ rule, from: file });
});

test('refused: an app that reaches PostgreSQL through a lib', () => {
  expect(planted.violations).toContainEqual({ rule: 'reach-scheduler-not-pg', from: 'apps/scheduler/src/through.ts' });
});

test('refused: files that form a circle', () => {
  expect(planted.violations).toContainEqual({ rule: 'no-cycle', from: 'libs/kernel/src/circle-a.ts' });
});

test.each(forbiddenCode)('refused by lint: %s', (_title, rule, file) => {
  expect(linted.violations).toContainEqual(expect.objectContaining({ rule, from: file }));
});

const project = (tags: readonly string[]) => JSON.stringify({ name: 'scheduler', tags });
const refusedProjects: readonly (readonly [title: string, file: string, text: string | undefined, message: RegExp])[] =
  [
    [
      'a project without project.json',
      'libs/planted/src/index.ts',
      'export {};\n',
      /libs\/planted has no project\.json/,
    ],
    [
      'a project without tags',
      'libs/planted/project.json',
      '{ "name": "planted", "tags": [] }',
      /exactly one layer: tag/,
    ],
    ['a layer nobody knows', 'libs/planted/project.json', '{ "tags": ["layer:drawer"] }', /'drawer'/],
    [
      'an app that claims to reach more than the table says',
      'apps/scheduler/project.json',
      project(['layer:app', 'reach:nats', 'reach:pg']),
      /apps\/scheduler\/project\.json.*reach tags \[nats,pg\]/,
    ],
  ];

describe('a project outside the table', () => {
  afterEach(() => clone.remove('libs/planted'));

  test.each(refusedProjects)('refused: %s', (_title, file, text, message) => {
    clone.write('libs/planted/project.json', '{ "name": "planted", "tags": ["layer:kernel"] }');
    if (file.endsWith('index.ts')) clone.remove('libs/planted/project.json');
    clone.write(file, text ?? '');
    const verdict = clone.checkBoundaries();
    expect(verdict.accepted).toBe(false);
    expect(verdict.message).toMatch(message);
  });
});
