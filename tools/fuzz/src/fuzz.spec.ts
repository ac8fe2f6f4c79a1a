import { prepareUnpacking } from '@hearth/image-format';
import { Random } from '@hearth/image-format/testing';
import { Fuzzer, type FuzzReport } from './engine/fuzzer';
import { mutate } from './engine/mutate';
import { Finding, type Target } from './engine/target';
import { targetNames, targets } from './targets';

/** What an input costs is looked at in long runs: here other tests use the machine too. */
const limits = { inputMs: Infinity, inputMemoryBytes: Infinity };
const seed = 20_240_601;

beforeAll(prepareUnpacking);

async function fuzzed(target: Target, count: number, startedWith = seed): Promise<FuzzReport> {
  const fuzzer = new Fuzzer({ target, seed: startedWith, limits });
  await fuzzer.runSeeds();
  await fuzzer.run(count);
  return fuzzer.report();
}

const execs = { inspector: 300, decoder: 600, reader: 300, unpack: 1000 };

test.each(targetNames)(
  '%s keeps its promises for changed files',
  async (name) => {
    const report = await fuzzed(targets[name], execs[name]);
    expect(report.failures.map(({ message }) => message)).toEqual([]);
    expect(report.execs).toBe(report.seeds + execs[name]);
    expect(report.behaviours).toBeGreaterThan(5);
  },
  60_000,
);

/** A program that three bytes break, one after the other. */
const picky: Target = {
  name: 'picky',
  seeds: () => new Map([['zeros', Buffer.alloc(16)]]),
  run(input) {
    let depth = 0;
    while (depth < 3 && input[depth] === 0xff) depth += 1;
    if (depth === 3) throw new Finding(`three bytes at ${input.length}`);
    return `depth ${depth}`;
  },
};

test('finds what takes several steps to reach, once, with the smallest input', async () => {
  const { failures, behaviours, kept } = await fuzzed(picky, 20_000);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.message).toMatch(/three bytes/);
  expect(failures[0]?.input.subarray(0, 3)).toEqual(Buffer.alloc(3, 0xff));
  expect([behaviours, kept]).toEqual([3, 2]);
});

test('what a target throws, and what costs too much, is a failure', async () => {
  const throwing: Target = { ...picky, run: () => Promise.reject(new TypeError('undefined is not a function')) };
  expect((await fuzzed(throwing, 3)).failures).toMatchObject([{ message: 'TypeError: undefined is not a function' }]);
  const costly = new Fuzzer({
    target: { ...picky, run: () => 'done' },
    seed,
    limits: { inputMs: -1, inputMemoryBytes: -1e12 },
  });
  await costly.run(3);
  expect(costly.report().failures.map(({ message }) => message)).toEqual([
    expect.stringContaining('takes longer'),
    expect.stringContaining('of memory'),
  ]);
});

test('the same seed makes the same inputs, another one others', () => {
  const inputs = (from: number) => {
    const random = new Random(from);
    return Array.from({ length: 50 }, () =>
      mutate(Buffer.alloc(300, 7), random, [Buffer.alloc(100)]).toString('base64'),
    );
  };
  expect(inputs(5)).toEqual(inputs(5));
  expect(inputs(5)).not.toEqual(inputs(6));
});
