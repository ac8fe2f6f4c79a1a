import type { ImageFormat } from '../image-format';
import { holds } from './bytes';
import { type FormatRules, refuse } from './format-rules';

/** Formats that are recognised, so that they are not taken for raw bytes, and always refused. */
function banned(format: ImageFormat, signatures: readonly string[]): FormatRules {
  const detail = `images of the format ${format} cannot be read here`;
  return {
    matches: (prefix) => signatures.some((signature) => holds(prefix, 0, signature)),
    *inspect() {
      return refuse({ check: 'unsupported-format', detail });
    },
  };
}

export const qed = banned('qed', ['QED\0']);
export const parallels = banned('parallels', ['WithoutFreeSpace', 'WithouFreSpacExt']);
