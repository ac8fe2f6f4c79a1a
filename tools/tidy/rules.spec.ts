import * as layout from './layout.rules';
import * as text from './text.rules';
import type { Rule } from './tree';

const aliases = { compilerOptions: { paths: { '@hearth/kernel': ['libs/kernel/src/index.ts'] } } };
const base = { 'tsconfig.base.json': JSON.stringify(aliases) };
const source = 'libs/kernel/src/units.ts';
const spelled = (...parts: string[]) => parts.join('');

/** What is untidy, the rule that must see it, the files, and the one path it must name. */
const untidy: readonly (readonly [title: string, rule: Rule, files: Record<string, string>, named: string])[] = [
  ['a long line', text.longLines, { [source]: `// ${'x'.repeat(140)}` }, `${source}:1`],
  ['a long file', text.longFiles, { [source]: '\n'.repeat(351) }, source],
  ['a long test', text.longFiles, { 'a.spec.ts': '\n'.repeat(601) }, 'a.spec.ts'],
  ['a marker', text.leftoverMarkers, { 'a.md': `fine\n${spelled('TO', 'DO')}: later` }, 'a.md:2'],
  ['a test alone', text.narrowedTests, { 'a.spec.ts': spelled('test.on', "ly('x')") }, 'a.spec.ts:1'],
  ['a skipped table', text.narrowedTests, { 'a.spec.ts': spelled('describe.sk', 'ip.each([])') }, 'a.spec.ts:1'],
  ['a forward reference', text.forwardReferences, { [source]: spelled('forward', 'Ref(() => A)') }, `${source}:1`],
  [
    'the environment in a lib',
    text.environmentOutsideConfig,
    { [source]: spelled('process.', 'env.HOME') },
    `${source}:1`,
  ],
  ['a clock in the kernel', text.clockInPureLibs, { [source]: 'const now = Date.now();' }, `${source}:1`],
  ['a path of a machine', text.machinePaths, { 'a.md': `see ${spelled('/wo', 'rk/x')}` }, 'a.md:1'],
  ['a home directory', text.machinePaths, { 'a.json': `"${spelled('/ho', 'me/ann/x')}"` }, 'a.json:1'],
  ['a registry', text.registryHosts, { '.npmrc': spelled('https://registry.npm', 'js.org') }, '.npmrc:1'],
  ['a mirror of packages', text.registryHosts, { a: spelled('deb.deb', 'ian.org') }, 'a:1'],
  ['a silenced rule', text.silencedRules, { [source]: `// ${spelled('eslint-dis', 'able')} no-empty` }, `${source}:1`],
  [
    'an index inside a lib',
    layout.indexesThatAreNoDoor,
    { 'libs/kernel/src/a/index.ts': '' },
    'libs/kernel/src/a/index.ts',
  ],
  [
    'a door without names',
    layout.doorsWithoutNames,
    { 'libs/kernel/src/index.ts': "export * from './units';" },
    'libs/kernel/src/index.ts',
  ],
  ['a folder that is no project', layout.untaggedProjects, { 'libs/new/src/a.ts': '' }, 'libs/new/project.json'],
  ['a project without tags', layout.untaggedProjects, { 'apps/a/project.json': '{"tags":[]}' }, 'apps/a/project.json'],
  ['a document without title', layout.documentsWithoutOneTitle, { 'a.md': 'text\n```\n# no title\n```\n' }, 'a.md'],
  ['a document with two titles', layout.documentsWithoutOneTitle, { 'a.md': '# one\n# two\n' }, 'a.md'],
  ['a file nobody imports', layout.filesNobodyImports, { [source]: '' }, source],
  [
    'a version without golden',
    layout.eventVersionsWithoutGolden([{ category: 'volume', events: { VolumeResized: { version: 2 } } }]),
    { 'libs/contracts/src/volume/__golden__/volume-resized.v1.json': '{}' },
    'libs/contracts/src/volume/__golden__/volume-resized.v2.json',
  ],
];

test.each(untidy)('found: %s', (_title, rule, files, named) => {
  const findings = rule(new Map(Object.entries({ ...base, ...files })));
  expect(findings).toEqual([expect.stringContaining(named)]);
});

const tidy: readonly (readonly [title: string, rule: Rule, files: Record<string, string>])[] = [
  ['a long address', text.longLines, { [source]: `// https://example.com/${'x'.repeat(140)}` }],
  ['settings read in config.ts', text.environmentOutsideConfig, { 'apps/a/src/config.ts': spelled('process.', 'env') }],
  ['the environment named in a comment', text.environmentOutsideConfig, { [source]: spelled('// process.', 'env') }],
  ['a clock in a spec', text.clockInPureLibs, { 'libs/kernel/src/a.spec.ts': 'Date.now()' }],
  ['a path inside a route', text.machinePaths, { [source]: "'/v3/work/1'; `${root}/tmp/x`" }],
  ['a silenced rule with a reason', text.silencedRules, { [source]: '// eslint-disable-line x -- the API wants it' }],
  ['a door', layout.indexesThatAreNoDoor, { 'libs/kernel/src/index.ts': '' }],
  ['a tagged project', layout.untaggedProjects, { 'libs/a/project.json': '{"tags":["layer:kernel"]}' }],
  [
    'a file that is imported by a relative path',
    layout.filesNobodyImports,
    { 'libs/kernel/src/index.ts': "export { gib } from './units';", [source]: '' },
  ],
  [
    'a program named by a script',
    layout.filesNobodyImports,
    { 'package.json': '"node run.mjs a/src/b.ts"', 'tools/a/src/b.ts': '' },
  ],
];

test.each(tidy)('left alone: %s', (_title, rule, files) => {
  expect(rule(new Map(Object.entries({ ...base, ...files })))).toEqual([]);
});
