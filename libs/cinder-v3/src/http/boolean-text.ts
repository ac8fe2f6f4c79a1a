import { invalidInput } from '../fault';

/** A flag of a query as oslo reads it. Throws a fault of 400 that names the parameter. */
export function booleanOf(text: string, name: string): boolean {
  const word = text.trim().toLowerCase();
  if (['1', 't', 'true', 'on', 'y', 'yes'].includes(word)) return true;
  if (['0', 'f', 'false', 'off', 'n', 'no'].includes(word)) return false;
  throw invalidInput(`${name} is not a boolean: '${text.slice(0, 255)}'`);
}
