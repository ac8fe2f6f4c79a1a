import type { Target } from './engine/target';
import { decoderTarget } from './targets/decoder.target';
import { inspectorTarget } from './targets/inspector.target';
import { readerTarget } from './targets/reader.target';
import { unpackTarget } from './targets/unpack.target';

export const targetNames = ['inspector', 'decoder', 'reader', 'unpack'] as const;
export type TargetName = (typeof targetNames)[number];

export const targets: Readonly<Record<TargetName, Target>> = {
  inspector: inspectorTarget,
  decoder: decoderTarget,
  reader: readerTarget,
  unpack: unpackTarget,
};
