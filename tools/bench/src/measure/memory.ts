import { stackStatus } from '../../../dev-stack/src/stack/stack-status';
import type { BenchStack } from '../bench-stack';
import type { Figure } from '../figures';

/** Resident memory of the apps now, together; every one has to run. */
export async function measureMemory({ stateDir }: BenchStack, when: string): Promise<Figure> {
  const apps = ((await stackStatus(stateDir)) ?? []).filter(({ kind }) => kind === 'app');
  const missing = apps.filter(({ residentBytes }) => residentBytes === null);
  if (missing.length > 0) throw new Error(`${missing.map(({ name }) => name).join(', ')} does not run`);
  const mib = (bytes: number | null) => (bytes ?? 0) / 1024 / 1024;
  const note = apps.map(({ name, residentBytes }) => `${name} ${mib(residentBytes).toFixed(0)}`).join(', ');
  const value = apps.reduce((sum, { residentBytes }) => sum + mib(residentBytes), 0);
  return { name: `five apps resident, ${when}`, value, unit: 'MiB', goal: { atMost: 600 }, note };
}
