import {
  buildImage,
  type ClusterSpec,
  type ImageSpec,
  qcow2Corpus,
  Random,
  safetyCorpus,
} from '@hearth/image-format/testing';
import { inputBytesMax } from './engine/mutate';

const small = (entries: Iterable<readonly [string, Buffer]>) =>
  new Map([...entries].filter(([, bytes]) => bytes.length > 0 && bytes.length <= inputBytesMax));

/** The corpus of qcow2 files, and dense ones of the smallest clusters, where every byte means something. */
export function qcow2Seeds(): ReadonlyMap<string, Buffer> {
  return small([...qcow2Corpus().map(({ name, bytes }) => [name, bytes] as const), ...denseImages()]);
}

function* denseImages(): Generator<readonly [string, Buffer]> {
  const random = new Random(2);
  for (const clusterBits of [9, 10, 12]) {
    for (const tables of ['before-data', 'after-data'] as const) {
      for (const packing of [{}, { compressionType: 1, incompatibleFeatures: 8n }]) {
        const spec: ImageSpec = {
          clusterBits,
          tables,
          virtualSize: 200_000n,
          clusters: clusters(random, clusterBits),
          ...packing,
        };
        yield [`dense ${clusterBits} ${tables} ${packing.compressionType ?? 0}`, buildImage(spec)];
      }
    }
  }
}

function clusters(random: Random, clusterBits: number): ClusterSpec[] {
  const count = Math.floor(200_000 / 2 ** clusterBits);
  const places = new Set(Array.from({ length: 24 }, () => random.below(count)));
  return [...places].map((at): ClusterSpec => {
    const bytes = random.oneIn(2)
      ? random.bytes(2 ** clusterBits)
      : Buffer.alloc(2 ** clusterBits, 1 + random.below(255));
    return random.pick<ClusterSpec>([
      { at, holds: 'data', bytes },
      { at, holds: 'deflated', bytes },
      { at, holds: 'zeros' },
      { at, holds: 'allocated-zeros' },
    ]);
  });
}

/** Files of all formats, harmless and harmful. */
export function inspectedSeeds(): ReadonlyMap<string, Buffer> {
  return small([
    ...safetyCorpus().map(({ declared, name, bytes }) => [`${declared}: ${name}`, bytes] as const),
    ...[...qcow2Seeds()].filter(([name]) => name.startsWith('dense 9 ')),
  ]);
}
