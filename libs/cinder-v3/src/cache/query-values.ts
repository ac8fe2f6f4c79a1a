import { badRequest, invalidInput } from '../fault';
import { booleanOf } from '../http/boolean-text';
import { isStorable } from '../http/storable-text';

/**
 * A query of the cache API: a parameter that nobody knows is refused, and so is one that is said twice, for either would be passed over
 * in silence. Throws a fault of 400 that names it.
 */
export function checkedQuery(query: URLSearchParams, known: readonly string[]): URLSearchParams {
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (!known.includes(name)) {
      throw invalidInput(`unknown parameter '${name.slice(0, 255)}': known are ${known.join(', ')}`);
    }
    if (seen.has(name)) throw invalidInput(`${name} is said twice`);
    seen.add(name);
    if (!isStorable(value)) throw invalidInput(`${name} holds a character that is no text.`);
  }
  return query;
}

export const textIn = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined;

/** Texts between commas. */
export function textsIn(query: URLSearchParams, name: string): readonly string[] | undefined {
  return query
    .get(name)
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Some of these words, between commas. Throws a fault of 400 that lists them. */
export function wordsIn(query: URLSearchParams, name: string, known: readonly string[]): readonly string[] | undefined {
  const words = textsIn(query, name);
  const unknown = words?.find((word) => !known.includes(word));
  if (words?.length === 0 || unknown !== undefined) {
    throw invalidInput(`${name} is none of ${known.join(', ')}: '${(unknown ?? '').slice(0, 255)}'`);
  }
  return words;
}

export function flagIn(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : booleanOf(text, name);
}

/** One of some words. Throws a fault of 400 that lists them. */
export function wordIn<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = query.get(name);
  const word = words.find((known) => known === text);
  if (text !== null && !word) throw invalidInput(`${name} is none of ${words.join(', ')}: '${text.slice(0, 255)}'`);
  return word;
}

/** The largest number that a column of ours holds. */
const integerMax = 2 ** 31 - 1;

export function wholeIn(query: URLSearchParams, name: string, { min = 0, max = integerMax } = {}): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const number = /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : NaN;
  if (!(number >= min && number <= max)) {
    throw invalidInput(`${name} is '${text.slice(0, 255)}'; it must be a whole number from ${min} to ${max}`);
  }
  return number;
}

/** A number with or without a fraction. */
export function numberIn(
  query: URLSearchParams,
  name: string,
  { above, max }: { readonly above: number; readonly max: number },
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const number = /^\s*\d{1,15}(\.\d{1,15})?\s*$/.test(text) ? Number(text) : NaN;
  if (!(number > above && number <= max)) {
    throw invalidInput(`${name} is '${text.slice(0, 255)}'; it must be a number above ${above} and at most ${max}`);
  }
  return number;
}

const instant = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?(Z|[+-]\d\d:?\d\d)?$/i;

/** An instant in ISO 8601, in UTC where it names no zone, as ISO with milliseconds. */
export function instantIn(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  return text === null ? undefined : instantOf(text, name);
}

/** The instants that have a year of four digits: PostgreSQL reads no other as JavaScript writes them. */
const instants = { first: Date.parse('0001-01-01T00:00:00.000Z'), last: Date.parse('9999-12-31T23:59:59.999Z') };

/** Throws a fault of 400 that names it. */
export function instantOf(text: string, name: string): string {
  // A plus in a query is a space for who forgot to encode it.
  const [, day, time = '00:00', zone = 'Z'] = instant.exec(text.trim().replace(/ (?=\d\d:?\d\d$)/, '+')) ?? [];
  const at = day === undefined ? NaN : Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (!(at >= instants.first && at <= instants.last)) {
    throw badRequest(`Invalid input received: ${name} is no instant in ISO 8601: '${text.slice(0, 255)}'`);
  }
  return new Date(at).toISOString();
}
