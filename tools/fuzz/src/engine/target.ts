/** What an input did, in a few words: inputs that do something new are kept. Numbers in it are sizes, rounded. */
export type Behaviour = string;

/** Something that is given inputs. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with, by name. */
  seeds(): ReadonlyMap<string, Buffer>;
  /**
   * Does everything with one input that the target promises something about. The same input always does the same: sizes of chunks
   * and options are derived from it.
   *
   * @throws Finding for a broken promise; whatever else is thrown is a finding too
   */
  run(input: Buffer): Promise<Behaviour> | Behaviour;
}

/** A promise that an input has broken. */
export class Finding extends Error {}

export function require(condition: boolean, promise: string | (() => string)): asserts condition {
  if (!condition) throw new Finding(typeof promise === 'string' ? promise : promise());
}

/** A text without its numbers, so that what is the same but for a place in the file counts as the same. */
export function shape(text: string): string {
  return text.replace(/0x[0-9a-f]+|\d+/g, '#').slice(0, 160);
}

/** The number of binary digits: counts of the same magnitude count as the same. */
export function magnitude(count: number): number {
  return Math.ceil(Math.log2(count + 1));
}
