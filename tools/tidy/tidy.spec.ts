import { resolve } from 'node:path';
import { categories } from '@hearth/contracts';
import * as layout from './layout.rules';
import * as text from './text.rules';
import { readTree, type Rule } from './tree';

// What a linter cannot say about this repository. Each rule is tried on something untidy in rules.spec.ts.

const tree = readTree(resolve(__dirname, '../..'));

const rules: readonly (readonly [sentence: string, rule: Rule])[] = [
  ['no line is too long to read', text.longLines],
  ['no file is too long to read', text.longFiles],
  ['no marker of unfinished work is left', text.leftoverMarkers],
  ['no test is skipped or runs alone', text.narrowedTests],
  ['no forwardRef', text.forwardReferences],
  ['the environment is read in config.ts only', text.environmentOutsideConfig],
  ['the pure libs have no clock and no chance', text.clockInPureLibs],
  ['no path of one machine', text.machinePaths],
  ['no host of a package registry', text.registryHosts],
  ['a silenced lint rule has a reason', text.silencedRules],
  ['an index.ts is the door of a lib', layout.indexesThatAreNoDoor],
  ['a door lists names', layout.doorsWithoutNames],
  ['every project has a layer', layout.untaggedProjects],
  ['every document has exactly one title', layout.documentsWithoutOneTitle],
  ['every source file is imported by somebody', layout.filesNobodyImports],
  ['every version of an event has a golden file', layout.eventVersionsWithoutGolden(Object.values(categories))],
];

test('the tree that is looked at is the repository', () => {
  expect(tree.has('package.json')).toBe(true);
  expect(tree.size).toBeGreaterThan(100);
});

test.each(rules)('%s', (_sentence, rule) => {
  expect(rule(tree)).toEqual([]);
});
