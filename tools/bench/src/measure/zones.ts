import { eventually } from '@hearth/testing';
import { ApiRefusal } from '../../../dev-stack/src/demo/volume-api';
import type { BenchStack } from '../bench-stack';

/** The API learns of a host's zone from its reports, and refuses creates there until then. */
export async function untilZonesAreKnown({ api }: BenchStack, zones: readonly string[]): Promise<void> {
  for (const zone of zones) {
    const create = () =>
      api.create({ size: 1, availability_zone: zone }).catch((error: unknown) => {
        if (error instanceof ApiRefusal && error.status === 400) return undefined;
        throw error;
      });
    const { id } = await eventually(create, { timeoutMs: 60_000, intervalMs: 200, what: `the zone ${zone}` });
    await api.settled(id);
    await api.delete(id);
  }
}
