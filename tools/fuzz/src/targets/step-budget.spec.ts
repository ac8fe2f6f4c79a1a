import type { DecodeStep } from '@hearth/image-format';
import { Finding } from '../engine/target';
import { StepBudget } from './step-budget';

const region = { offset: 0, bytes: Buffer.alloc(1) };
const packed = { offset: 0, lengthBytes: 512, clusterSizeBytes: 512, compression: 'zlib', fileOffset: 0 } as const;
const follow = (...steps: DecodeStep[]): DecodeStep[] => {
  const [first, ...others] = steps;
  if (!first) throw new Error('no step');
  return [...new StepBudget().all({ next: () => others.shift() ?? first }, () => first)];
};

test('all steps of a call are followed, and no further ones', () => {
  const more: DecodeStep = { status: 'decoding', regions: [region], more: true };
  const last: DecodeStep = { status: 'decoding', regions: [] };
  expect(follow(more, more, last, more)).toEqual([more, more, last]);
});

test('a step of too many regions is a finding', () =>
  expect(() => follow({ status: 'decoding', regions: Array.from({ length: 2049 }, () => region) })).toThrow(Finding));

test('a step of too many compressed bytes is a finding', () => {
  const bytes = Buffer.alloc(1024 * 1024);
  const regions = Array.from({ length: 17 }, () => ({ ...packed, packed: bytes }));
  expect(() => follow({ status: 'decoding', regions })).toThrow(Finding);
});

test('a step that takes longer than its bytes account for is a finding', () => {
  const busy = (): DecodeStep => {
    const { user: from } = process.cpuUsage();
    while (process.cpuUsage().user - from < 600_000);
    return { status: 'decoding', regions: [] };
  };
  expect(() => [...new StepBudget().all({ next: busy }, busy)]).toThrow(Finding);
});
