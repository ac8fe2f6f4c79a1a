import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePolicies, comparisonTable, traceNames } from './compare';
import { documentedShape } from './options';

const document = join(__dirname, '../../../docs/eviction-policies.md');

test('the document shows what the tool prints', () => {
  expect(readFileSync(document, 'utf8')).toContain(comparisonTable(comparePolicies(documentedShape)));
});

test('each trace is compared at each size', () => {
  const comparisons = comparePolicies({ seed: 4, requests: 500, images: 20, days: 5 });
  expect(comparisons).toHaveLength(4 * traceNames.length);
  expect(comparisons.map(({ limitGib }) => limitGib).every((limitGib) => limitGib >= 1)).toBe(true);
});

test('the best of each three is bold, unless all are equal', () => {
  const of = (requests: number) => ({ requests, bytes: 0.5, seconds: 0 });
  const ratios = { lru: of(0.1), sieve: of(0.25), 'cost-aware': of(0.25) };
  const [, , row = ''] = comparisonTable([{ trace: 'bursts', limitGib: 5, limitShare: 0.1, ratios }]).split('\n');
  expect(row.split('|').map((cell) => cell.trim())).toEqual([
    ...['', 'bursts', '5 (10 %)', '10.0', '**25.0**', '**25.0**'],
    ...['50.0', '50.0', '50.0', '0.0', '0.0', '0.0', ''],
  ]);
});
