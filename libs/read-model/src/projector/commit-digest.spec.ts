import { SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { canonicalJson, chainHash, commitDigest, emptyLogHash } from './commit-digest';

test('fields count whatever their order, and undefined ones are as missing', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined, e: true })).toBe(
    '{"b":[1,{"c":"x","d":null}],"e":true}',
  );
});

test('what is canonical is JSON still', () => {
  const value = { 'a"b': 'c"d', list: [1, null, undefined], n: -1.5e21, ü: { x: false } };
  expect(JSON.parse(canonicalJson(value))).toEqual({ ...value, list: [1, null, null] });
});

test('a commit that differs in anything has another digest', () => {
  const commit = new SampleLog().add('volume', sample.volumeId(1), sample.requested(1)).commits[0]!;
  const digest = commitDigest(commit);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(commitDigest({ ...commit })).toBe(digest);
  expect(commitDigest({ ...commit, sequence: 2 })).not.toBe(digest);
  expect(commitDigest({ ...commit, events: [sample.requested(2)] })).not.toBe(digest);
});

test('the running hash depends on the order of commits', () => {
  const after = (...digests: string[]) => digests.reduce(chainHash, emptyLogHash);
  expect(after('a', 'b')).not.toBe(after('b', 'a'));
});
