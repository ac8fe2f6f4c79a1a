import {
  createInspector,
  type DecodedRegion,
  ImageReader,
  type ImageReaderOptions,
  type ReadStep,
} from '@hearth/image-format';
import { require, shape, type Target } from '../engine/target';
import { inspectedSeeds, qcow2Seeds } from '../seeds';
import { chanceOf, chunksOf } from './chunk-sizes';
import { diskMap } from './disk-map';
import { StepBudget } from './step-budget';
import { behaviour, declaredAs, detect } from './inspector.target';

/** Inspector and decoder in one pass: nothing comes out of what was not accepted, and chunks do not matter. */
export const readerTarget: Target = {
  name: 'reader',
  seeds: () => new Map([...qcow2Seeds(), ...inspectedSeeds()]),
  run(input) {
    const random = chanceOf(input);
    const options: ImageReaderOptions = {
      declared: declaredAs(random, detect(input)),
      virtualSizeBytesMax: random.pick([undefined, 1 << 30]),
      fileSizeBytes: random.pick([undefined, input.length]),
    };
    const whole = read(options, [input]);
    const chopped = read(options, chunksOf(input, random));
    require(chopped.end === whole.end, () => `chunks change the end: ${whole.end}; chopped: ${chopped.end}`);
    require(chopped.verdict === whole.verdict, () => `chunks change the verdict: ${whole.verdict}; ${chopped.verdict}`);
    if (whole.end.startsWith('finished')) require(chopped.map === whole.map, 'chunks change the disk');
    return `${shape(whole.end)} ${whole.verdict}`;
  },
};

function read(options: ImageReaderOptions, chunks: readonly Buffer[]): { end: string; verdict: string; map: string } {
  const reader = new ImageReader(options);
  const inspector = createInspector(options);
  const regions: DecodedRegion[] = [];
  const take = (step: ReadStep): ReadStep => {
    if (!('regions' in step)) return step;
    require(step.regions.length === 0 || reader.verdict?.kind === 'accepted', 'data comes out before a verdict');
    for (const region of step.regions) regions.push(region);
    return step;
  };
  let final: string | undefined;
  const follow = (step: ReadStep): ReadStep => {
    // A file that is to be stored is looked at to its end, and may still be refused.
    const isPossible = !final || final === ending(step) || step.status === 'refused';
    require(isPossible, () => `${final} becomes ${ending(step)}`);
    final = step.status === 'decoding' ? undefined : ending(step);
    return step;
  };
  const budget = new StepBudget();
  for (const chunk of chunks) {
    inspector.push(chunk);
    budget.feed(chunk.length);
    for (const step of budget.all(reader, () => reader.push(chunk))) follow(take(step));
  }
  let step: ReadStep = { status: 'decoding', regions: [] };
  for (step of budget.all(reader, () => reader.end())) follow(take(step));
  require(step.status !== 'decoding', 'the end of the file is no end');
  const verdict = inspector.end();
  require(JSON.stringify(reader.verdict) === JSON.stringify(verdict), 'the reader judges unlike the inspector');
  require((step.status === 'refused') === (verdict.kind === 'refused'), () => `${verdict.kind}, but ${step.status}`);
  const sizeBytes = reader.virtualSizeBytes ?? chunks.reduce((sum, { length }) => sum + length, 0);
  return { end: ending(step), verdict: behaviour(verdict), map: diskMap(regions, sizeBytes) };
}

function ending(step: ReadStep): string {
  switch (step.status) {
    case 'finished':
      return `finished ${step.virtualSizeBytes}`;
    case 'failed':
      return `failed ${step.problem.code}: ${step.problem.detail}`;
    case 'needs-spool':
      return `needs-spool: ${step.reason}`;
    case 'refused':
      return `refused ${step.verdict.failures.map(({ check }) => check).join(' ')}`;
    case 'decoding':
      return 'decoding';
  }
}
