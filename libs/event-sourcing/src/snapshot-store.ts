/** A fold kept for a quicker start: a cache, never a truth. */
export interface Snapshot {
  /** Names the shape of `state` and the code that folded it; another fingerprint means: fold again. */
  readonly fingerprint: string;
  /** The position of the last commit folded in. */
  readonly sequence: number;
  /** Anything that survives JSON. */
  readonly state: unknown;
}

export interface SnapshotStore {
  /** The snapshot under `key`, or undefined when there is none or it cannot be read (which is logged, never thrown). */
  load(key: string): Promise<Snapshot | undefined>;
  /** Replaces the snapshot under `key`. A failure is logged, never thrown: a missing snapshot costs time only. */
  save(key: string, snapshot: Snapshot): Promise<void>;
}
