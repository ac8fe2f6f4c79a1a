export { chop, stepsOf } from './decoding';
export { buildHeader, buildImage, type ClusterSpec, type HeaderSpec, type ImageSpec } from './qcow2.builder';
export { qcow2Corpus, type CorpusFile, type CorpusOutcome } from './qcow2-corpus';
export { Random } from './random';
export type { SafetyCase } from './safety-case';
export { safetyCorpus } from './safety-corpus';
export { buildDescriptor, buildSparseVmdk } from './vmdk.builder';
export { buildSkippableFrame, buildZstdFrame, compressedSample, type ZstdFrameSpec } from './zstd.builder';
