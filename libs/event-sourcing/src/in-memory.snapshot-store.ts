import type { Snapshot, SnapshotStore } from './snapshot-store';

/** Snapshots in memory, for tests. They pass through JSON, as they would on their way to a real store. */
export class InMemorySnapshotStore implements SnapshotStore {
  private readonly kept = new Map<string, string>();

  async load(key: string): Promise<Snapshot | undefined> {
    const json = this.kept.get(key);
    return json === undefined ? undefined : (JSON.parse(json) as Snapshot);
  }

  async save(key: string, snapshot: Snapshot): Promise<void> {
    this.kept.set(key, JSON.stringify(snapshot));
  }
}
