import { invalidInput } from '../fault';

/** NUL and halves of surrogate pairs: JSON can carry them, PostgreSQL cannot store them. */
const unstorable = /\0|\p{Surrogate}/u;

export const isStorable = (text: string) => !unstorable.test(text);

/** Throws a fault of 400 that names the place, when any text in `value`, however deep, cannot be stored. */
export function checkStorable(value: unknown, place: string): void {
  if (typeof value === 'string' && !isStorable(value)) {
    throw invalidInput(`${place} holds a character that cannot be stored (NUL, or half of a surrogate pair).`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    checkStorable(name, place);
    checkStorable(item, Array.isArray(value) ? place : name);
  }
}
