import type { ReconcileAnswer } from '@hearth/contracts';

/** Hosts, asked to compare what lies in their pools with what the log knows. */
export interface HostReconciler {
  /** Undefined when no answer came in time: a look that takes longer goes on all the same. Rejects when nothing can be asked at all. */
  reconcile(host: string, pool: string): Promise<ReconcileAnswer | undefined>;
}
