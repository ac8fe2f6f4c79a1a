import { type KeyOf, type Table, keyText } from '../tables/table';

/** Rows to write and rows to delete. */
export interface RowChanges<Row> {
  readonly upserts: readonly Row[];
  readonly deletions: readonly object[];
}

/**
 * A table's rows as far as they are known in memory, and what has changed in them since the last write. Rows are values: a
 * change puts a new one. Before a fold, `want` names the rows it will look at; those not known are to be loaded and learnt.
 */
export class RowSet<Row extends object, Key extends keyof Row & string> {
  /** Null: known to be absent. Those put last are at the end. */
  private readonly known = new Map<string, Row | null>();
  private readonly changed = new Map<string, { readonly key: KeyOf<Row, Key>; readonly row: Row | null }>();
  private readonly wanted = new Map<string, KeyOf<Row, Key>>();
  private observer: ((before: Row | undefined, after: Row) => void) | undefined;

  /** `whole`: there are no rows but the known ones, so that nothing needs to be loaded. */
  constructor(
    readonly table: Table<Row, Key>,
    private whole: boolean,
  ) {}

  /** Calls back for every row that is put: rows of other tables may be derived from it. */
  observe(observer: (before: Row | undefined, after: Row) => void): void {
    this.observer = observer;
  }

  /** Says that a fold will look at this row; returns it if it is known already. */
  want(key: KeyOf<Row, Key>): Row | undefined {
    const text = keyText(this.table, key);
    const row = this.known.get(text);
    if (row === undefined && !this.whole) this.wanted.set(text, key);
    return row ?? undefined;
  }

  /** The wanted keys that have to be loaded; each is returned once. */
  takeWanted(): readonly KeyOf<Row, Key>[] {
    const keys = [...this.wanted.values()];
    this.wanted.clear();
    return keys;
  }

  /** The answer to `takeWanted`: the rows that were found; the other keys are absent. */
  learn(keys: readonly KeyOf<Row, Key>[], rows: readonly Row[]): void {
    for (const key of keys) this.known.set(keyText(this.table, key), null);
    for (const row of rows) this.known.set(keyText(this.table, row), row);
  }

  /** Throws when the row was not wanted before: the projection looks at more than it said. */
  get(key: KeyOf<Row, Key>): Row | undefined {
    const text = keyText(this.table, key);
    const row = this.known.get(text);
    if (row === undefined && !this.whole) {
      throw new Error(`the row ${text} of ${this.table.name} was not loaded: the projection's needs must want it`);
    }
    return row ?? undefined;
  }

  put(row: Row): void {
    const before = this.observer && this.get(row);
    this.set(keyText(this.table, row), row, row);
    this.observer?.(before, row);
  }

  remove(key: KeyOf<Row, Key>): void {
    this.set(keyText(this.table, key), key, null);
  }

  takeChanges(): RowChanges<Row> {
    const upserts: Row[] = [];
    const deletions: KeyOf<Row, Key>[] = [];
    for (const { key, row } of this.changed.values()) {
      if (row) upserts.push(row);
      else deletions.push(Object.fromEntries(this.table.key.map((part) => [part, key[part]])) as KeyOf<Row, Key>);
    }
    this.changed.clear();
    return { upserts, deletions };
  }

  get changes(): number {
    return this.changed.size;
  }

  /** Forgets what was known longest, down to `rowsMax`, but for changes that wait to be written. */
  trim(rowsMax: number): void {
    for (const text of this.known.keys()) {
      if (this.known.size <= rowsMax) return;
      if (this.changed.has(text)) continue;
      this.known.delete(text);
      this.whole = false;
    }
  }

  /** All known rows. */
  values(): Row[] {
    return [...this.known.values()].filter((row) => row !== null);
  }

  private set(text: string, key: KeyOf<Row, Key>, row: Row | null): void {
    this.known.delete(text);
    this.known.set(text, row);
    this.changed.set(text, { key, row });
  }
}
