import type { EventStore } from '@hearth/event-sourcing';
import { Database, type Queries, ReadModelUnavailableError, type Statement } from '@hearth/read-model';

/** A database that is away while a test says so. */
export class LosableDatabase extends Database {
  isLost = false;

  override async query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]> {
    this.requireThere();
    return super.query<Row>(statement, values);
  }

  override async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    this.requireThere();
    return super.transaction(work);
  }

  private requireThere(): void {
    if (this.isLost) throw new ReadModelUnavailableError('a query failed', new Error('the test has lost it'));
  }
}

/** Takes a database away as soon as the next commit is stored. */
export class LossAtAppend {
  private isAwaited = false;

  constructor(private readonly database: LosableDatabase) {}

  begin(): void {
    this.isAwaited = true;
  }

  /** The database is there again; true if it was away. */
  end(): boolean {
    const wasLost = this.database.isLost;
    this.isAwaited = false;
    this.database.isLost = false;
    return wasLost;
  }

  /** The store by which whoever is looked at appends. */
  around(store: EventStore): EventStore {
    return {
      append: async (...asked) => {
        const result = await store.append(...asked);
        if (this.isAwaited && result.status === 'appended') this.database.isLost = true;
        return result;
      },
      read: (...asked) => store.read(...asked),
      follow: (options) => store.follow(options),
      lastSequence: () => store.lastSequence(),
    };
  }
}
