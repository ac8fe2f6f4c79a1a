import type { CheckName } from '../inspect/failed-check';
import type { ImageFormat } from '../inspect/image-format';

/** A file, what it is declared to be, and what the inspector has to say of it. */
export interface SafetyCase {
  readonly name: string;
  readonly declared: string;
  /** Made anew at each call of the getter: keep it while it is needed. */
  readonly bytes: Buffer;
  /** `refused` names the first failed check. */
  readonly expected: 'accepted' | { readonly refused: CheckName };
  /** What the bytes are; undefined when they claim to be several things. */
  readonly detected: ImageFormat | undefined;
}

type Kind = readonly [declared: string, detected?: ImageFormat | 'several'];

function makeCase(
  name: string,
  [declared, detected]: Kind,
  expected: SafetyCase['expected'],
  build: () => Buffer,
): SafetyCase {
  return {
    name,
    declared,
    expected,
    detected: detected === 'several' ? undefined : (detected ?? (declared as ImageFormat)),
    get bytes() {
      return build();
    },
  };
}

/** A file that passes. */
export function fine(name: string, kind: Kind, build: () => Buffer): SafetyCase {
  return makeCase(name, kind, 'accepted', build);
}

/** A file that is refused because of that check. */
export function harmful(name: string, kind: Kind, refused: CheckName, build: () => Buffer): SafetyCase {
  return makeCase(name, kind, { refused }, build);
}
