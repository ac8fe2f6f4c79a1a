import { badRequest, invalidInput } from '../fault';

const trueWords = ['1', 't', 'true', 'on', 'y', 'yes'];
const falseWords = ['0', 'f', 'false', 'off', 'n', 'no'];

/** As oslo reads a flag; undefined for what is none. */
export function flagOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (trueWords.includes(word)) return true;
  return falseWords.includes(word) ? false : undefined;
}

/** A flag of a query as Cinder reads it (`get_bool_param`). Throws a fault of 400 that names the parameter. */
export function booleanOf(text: string, name: string): boolean {
  const flag = flagOf(text);
  if (flag === undefined) throw badRequest(`Value '${text.slice(0, 255)}' for '${name}' is not a boolean.`);
  return flag;
}

/** A filter that is compared with a flag, from 3.2 on. Throws a fault of 400. */
export function strictBoolean(text: string, name: string): boolean {
  const flag = flagOf(text);
  if (flag === undefined) throw invalidInput(`'${name} = ${text.slice(0, 255)}'`);
  return flag;
}

/** The same before 3.2: every text but an empty one and False in three spellings is true. */
export function looseBoolean(text: string): boolean {
  return text !== '' && !['False', 'false', 'FALSE'].includes(text);
}

/** The spellings of a flag in a body, in the order in which Cinder's sentence lists them. */
const spellings = [
  [true, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes', 'y', 't'],
  [false, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no', 'n', 'f'],
] as const;

/** A flag of a body: a boolean or one of its spellings. */
export const booleanSchema = { type: ['boolean', 'string'], enum: spellings.flat() } as const;

/** The flag that a value of `booleanSchema` stands for. */
export function booleanOfBody(value: boolean | string): boolean {
  return spellings[0].some((spelling) => spelling === value);
}
