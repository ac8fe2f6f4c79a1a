// A snapshot as lines of JSON, none of them long, so that one of many megabytes is neither written nor read in one piece.
import type { Snapshot } from '@hearth/event-sourcing';

/** Lists of more elements are left out where they stand, and follow on lines of their own. */
const listedInPlaceMax = 64;
/** A line is ended when it has so many characters. */
const lineEnd = 16 * 1024;

type Path = readonly (string | number)[];
interface List {
  readonly path: Path;
  readonly elements: readonly unknown[];
}

/**
 * The first line is the snapshot, its long lists empty; each of the others `[path, ...elements]`, elements of the list at `path`, in order.
 * A list stands before those in its elements.
 */
export function* linesOf(snapshot: Snapshot): Generator<string> {
  const lists: List[] = [];
  yield JSON.stringify(withoutLists(snapshot, [], lists));
  // More are found on the way.
  for (const list of lists) yield* linesOfList(list, lists);
}

function* linesOfList({ path, elements }: List, found: List[]): Generator<string> {
  const start = `[${JSON.stringify(path)}`;
  let line = start;
  for (const [index, element] of elements.entries()) {
    line += `,${JSON.stringify(withoutLists(element, [...path, index], found)) ?? 'null'}`;
    if (line.length < lineEnd) continue;
    yield `${line}]`;
    line = start;
  }
  if (line !== start) yield `${line}]`;
}

/** The value itself where it holds no long list. */
function withoutLists(value: unknown, path: Path, found: List[]): unknown {
  if (!holdsList(value)) return value;
  if (!Array.isArray(value)) {
    const fields = Object.entries(value as object).map(([key, field]) => [
      key,
      withoutLists(field, [...path, key], found),
    ]);
    return Object.fromEntries(fields) as unknown;
  }
  if (value.length <= listedInPlaceMax)
    return value.map((element, index) => withoutLists(element, [...path, index], found));
  found.push({ path, elements: value });
  return [];
}

function holdsList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length > listedInPlaceMax || value.some(holdsList);
  return Object.values(value).some(holdsList);
}

/** Puts a snapshot together from its lines. One that was saved as a whole is its only line. */
export class SnapshotReader {
  private snapshot: Snapshot | undefined;

  /** Throws when it is no line of a snapshot. */
  add(line: string): void {
    const json: unknown = JSON.parse(line);
    if (!this.snapshot) {
      this.snapshot = snapshotOf(json);
      return;
    }
    const [path, ...elements] = json as [Path, ...unknown[]];
    const list = path.reduce(
      (node: unknown, key) => (node as Record<string | number, unknown> | undefined)?.[key],
      this.snapshot,
    );
    if (!Array.isArray(list)) throw new Error(`it has no list at ${path.join('/')}`);
    list.push(...elements);
  }

  /** Throws when there was no line. */
  end(): Snapshot {
    return snapshotOf(this.snapshot);
  }
}

function snapshotOf(json: unknown): Snapshot {
  const { fingerprint, sequence, state } = (json ?? {}) as Partial<Snapshot>;
  if (typeof fingerprint !== 'string' || !Number.isInteger(sequence)) throw new Error('it is no snapshot');
  return { fingerprint, sequence: sequence as number, state };
}
