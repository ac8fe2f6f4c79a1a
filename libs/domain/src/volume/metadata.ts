import { type Refusal, refuse } from '@hearth/kernel';
import type { MetadataChange } from './volume.commands';
import { metadataKeysMax, type Texts } from './volume.state';

type MetadataRefusal<Subject extends string> = Refusal<
  `${Subject}.metadata_key_not_found` | `${Subject}.metadata_full`
>;

/** The dictionary after a change, the same object where nothing changes; or why it cannot be made. */
export function changedMetadata<Subject extends 'volume' | 'snapshot'>(
  subject: Subject,
  before: Texts,
  change: MetadataChange,
): { readonly metadata: Texts } | MetadataRefusal<Subject> {
  if ('remove' in change) {
    const { remove: key } = change;
    if (!Object.hasOwn(before, key)) return refuse(`${subject}.metadata_key_not_found` as const, { key });
    return { metadata: Object.fromEntries(Object.entries(before).filter(([name]) => name !== key)) };
  }
  const metadata = 'set' in change ? change.set : { ...before, ...change.merge };
  const keys = Object.keys(metadata).length;
  if (keys > metadataKeysMax) return refuse(`${subject}.metadata_full` as const, { max: metadataKeysMax });
  const isSame =
    keys === Object.keys(before).length && Object.entries(metadata).every(([key, text]) => before[key] === text);
  return { metadata: isSame ? before : metadata };
}
