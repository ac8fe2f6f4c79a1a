import { invalidInput } from '../fault';

const textMax = 255;

/** A name or a description without white space at its ends; null for none. Throws a fault of 400 for one that is too long. */
export function textOf(field: string, value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const text = value.trim();
  const length = [...text].length;
  if (length > textMax) throw invalidInput(`${field} has ${length} characters, more than ${textMax}.`);
  return text;
}
