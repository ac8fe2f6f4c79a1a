import type { SafetyCase } from './safety-case';
import { diskCases } from './safety-corpus.disks';
import { qcow2Cases } from './safety-corpus.qcow2';
import { vhdCases, vhdxCases, vdiCases } from './safety-corpus.virtual-disks';
import { vmdkCases } from './safety-corpus.vmdk';

/** Files of every kind, harmless and harmful, made from first principles: the smallest that shows its point. */
export function safetyCorpus(): readonly SafetyCase[] {
  return [...diskCases, ...qcow2Cases, ...vmdkCases, ...vhdCases, ...vhdxCases, ...vdiCases];
}
