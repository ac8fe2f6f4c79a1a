import { isStorable } from '@hearth/kernel';
import { invalidInput } from '../fault';

export { isStorable };

/** What reads facts passes over a key of this name, for JavaScript takes it for something else. */
const unstorableName = '__proto__';

/** Throws a fault of 400 that names the place, when any text or name in `value`, however deep, cannot be stored. */
export function checkStorable(value: unknown, place: string): void {
  if (typeof value === 'string' && !isStorable(value)) {
    throw invalidInput(`${place} holds a character that cannot be stored (NUL, or half of a surrogate pair).`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    checkStorable(name, place);
    if (name === unstorableName)
      throw invalidInput(`${place} holds the name ${unstorableName}, which cannot be stored.`);
    checkStorable(item, Array.isArray(value) ? place : name);
  }
}
