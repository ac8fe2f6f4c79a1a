import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request to a real Cinder 21.3.1 and its answer, reduced to what the wire promises. */
export interface Exchange {
  /** `NNN-what`, and `.2`, `.3`, … for the further requests of one command of a client. */
  readonly step: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

const folder = join(__dirname, 'exchanges');

/** A step and its ordinal within one command: `011-volume-show.2` comes after `011-volume-show`. */
function orderOf(file: string): readonly [string, number] {
  const [, step = file, ordinal = '1'] = /^(.*?)(?:\.(\d+))?\.json$/.exec(file) ?? [];
  return [step, Number(ordinal)];
}

/** All exchanges, in the order in which they happened. */
export const exchanges: readonly Exchange[] = readdirSync(folder)
  .map((file) => ({ file, order: orderOf(file) }))
  .sort(({ order: one }, { order: other }) => one[0].localeCompare(other[0]) || one[1] - other[1])
  .map(({ file }) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Exchange);
