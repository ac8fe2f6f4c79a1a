import { InvalidArgumentError } from 'commander';

const gibOf = { M: 1 / 1_024, G: 1, T: 1_024, P: 1_048_576 } as const;

/** GiB of `200`, `200GiB`, `200G` or `1.5T`; whole ones. Throws `InvalidArgumentError`. */
export function sizeGib(text: string): number {
  const [, amount, unit = 'G'] = /^(\d{1,9}(?:\.\d{1,3})?)\s*(?:([MGTP])(?:i?B)?)?$/i.exec(text) ?? [];
  const gib = amount === undefined ? NaN : Number(amount) * gibOf[unit.toUpperCase() as keyof typeof gibOf];
  if (!Number.isInteger(gib) || gib > 2 ** 31 - 1) {
    throw new InvalidArgumentError('whole GiB are wanted, such as 200, 200GiB or 1.5TiB.');
  }
  return gib;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

/** How many at least one. */
export function countOf(text: string): number {
  const count = wholeNumber(text);
  if (count === 0) throw new InvalidArgumentError('at least 1 is wanted.');
  return count;
}

/** `95` or `95%`: more than 0, at most 100. */
export function percentOf(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,3})?\s*%?$/.test(text) ? Number(text.replace(/\s*%$/, '')) : NaN;
  if (!(percent > 0 && percent <= 100)) throw new InvalidArgumentError('a percentage above 0, up to 100, is wanted.');
  return percent;
}

/** Gathers the values of an option that may be given several times. */
export const severalTexts = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text];

/** Gathers `key=value`. */
export function pairOf(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError('key=value is wanted.');
  return { ...earlier, [text.slice(0, split)]: text.slice(split + 1) };
}
