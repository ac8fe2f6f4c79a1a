import type { Pages } from './memory.pages';

export interface MemoryObject {
  readonly sizeGib: number;
  /** Only after `finish` is it a whole one. */
  readonly isWhole: boolean;
  readonly pages: Pages;
}

/** What a backend in memory holds. */
export interface MemoryState {
  readonly pool: string;
  readonly totalGib: number;
  readonly roomBytes: number;
  readonly usedBytes: number;
  readonly promisedGib: number;
  readonly objects: Map<string, MemoryObject>;
  /** By the object's name, then by their own. */
  readonly snapshots: Map<string, Map<string, MemoryObject>>;
  /** By the object's name: attachments, and whether they may only read. */
  readonly connections: Map<string, Map<string, boolean>>;
  /** What lies in the pool and was not made here, by its name. */
  readonly strangers: Map<string, { readonly sizeBytes: number; readonly pages: Pages }>;
}
