import type { Subject } from './driver-under-test';

export function describeCapacity(subject: () => Subject): void {
  describe('capacity', () => {
    test('has plausible numbers', async () => {
      const capacities = await subject().driver.capacity();
      const pool = capacities.find((capacity) => capacity.pool === subject().pool);
      expect(pool?.totalGib).toBeGreaterThan(0);
      expect(pool?.freeGib).toBeGreaterThanOrEqual(0);
      expect(pool?.freeGib).toBeLessThanOrEqual(pool?.totalGib ?? 0);
      expect(pool?.provisionedGib).toBeGreaterThanOrEqual(0);
      expect(pool?.thin).toBe(subject().driver.capabilities.thin);
    });

    test('counts what is promised: create, extend, write, remove', async () => {
      const [blank, written] = [subject().newRef(), subject().newRef()];
      const before = await subject().provisionedGib();
      await subject().driver.createBlank(blank, 2);
      await subject().driver.createBlank(blank, 2);
      expect(await subject().provisionedGib()).toBe(before + 2);
      await subject().driver.extend(blank, 5);
      expect(await subject().provisionedGib()).toBe(before + 5);
      await subject().written(1, [], written);
      expect(await subject().provisionedGib()).toBe(before + 6);
      await subject().driver.remove(blank);
      await subject().driver.remove(blank);
      expect(await subject().provisionedGib()).toBe(before + 1);
    });

    test('is the same for the process that comes after a crash', async () => {
      await subject().driver.createBlank(subject().newRef(), 3);
      const expected = await subject().provisionedGib();
      const later = await subject().reopen();
      try {
        expect(await subject().provisionedGib(later)).toBe(expected);
      } finally {
        await later.close();
      }
    });
  });
}
