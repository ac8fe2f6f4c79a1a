import { createInspector, imageFormats, type Verdict } from '@hearth/image-format';
import type { Random } from '@hearth/image-format/testing';
import { magnitude, require, shape, type Target } from '../engine/target';
import { inspectedSeeds } from '../seeds';
import { chanceOf, chunksOf } from './chunk-sizes';

/** The inspector: a verdict for every file, the same whatever the chunks, and never by an exception it had to catch. */
export const inspectorTarget: Target = {
  name: 'inspector',
  seeds: inspectedSeeds,
  run(input) {
    const random = chanceOf(input);
    const own = detect(input);
    const options = {
      declared: declaredAs(random, own),
      virtualSizeBytesMax: random.pick([undefined, undefined, 1 << 20, 2 ** 40]),
    };
    const whole = inspect(options, [input]);
    const chopped = inspect(options, chunksOf(input, random));
    require(JSON.stringify(chopped) === JSON.stringify(whole), () =>
      `chunks change the verdict: ${JSON.stringify(whole)}; chopped: ${JSON.stringify(chopped)}`);
    return behaviour(whole);
  },
};

/** What the file is by its own bytes. */
export function detect(input: Buffer): string | undefined {
  const verdict = inspect({}, [input]);
  return verdict.kind === 'accepted' ? verdict.format : verdict.detected;
}

/** Most often what it is, as that goes furthest. */
export function declaredAs(random: Random, own: string | undefined) {
  const format = imageFormats.find((known) => known === own);
  return random.oneIn(4) ? random.pick([undefined, ...imageFormats]) : format;
}

function inspect(options: Parameters<typeof createInspector>[0], chunks: readonly Buffer[]): Verdict {
  const inspector = createInspector(options);
  let early: Verdict | undefined;
  for (const chunk of chunks) {
    const verdict = inspector.push(chunk);
    require(!early || early === verdict, 'a verdict changes');
    early = verdict;
  }
  const verdict = inspector.end();
  require(!early || early === verdict, 'a verdict changes at the end of the file');
  require(inspector.verdict === verdict && inspector.end() === verdict, 'the verdict is not the verdict');
  require(verdict.kind === 'accepted' || verdict.failures.length > 0, 'refused for no reason');
  const failures = verdict.kind === 'refused' ? verdict.failures : verdict.ignored;
  for (const { check, detail } of failures) require(check !== 'unreadable', () => `an exception was caught: ${detail}`);
  if ('virtualSizeBytes' in verdict) {
    const size = verdict.virtualSizeBytes;
    require(Number.isSafeInteger(size) && size >= 0, () => `a disk of ${size} bytes was accepted`);
  }
  return verdict;
}

export function behaviour(verdict: Verdict): string {
  if (verdict.kind === 'refused') {
    // Not every combination of failed checks is something new.
    const [first] = verdict.failures;
    return `refused ${verdict.detected} ${first?.check}: ${shape(first?.detail ?? '')} and ${magnitude(verdict.failures.length)}`;
  }
  const size = 'virtualSizeBytes' in verdict ? magnitude(verdict.virtualSizeBytes) : '-';
  return `accepted ${verdict.format} ${size} ${verdict.ignored.length}`;
}
