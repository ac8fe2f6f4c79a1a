import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isPrefetchOf, policyPrefetchId } from './policy-prefetch-id';

test('a prefetch of a policy is known by its id, which is a UUID like no other', () => {
  const [one, other] = [randomUUID(), randomUUID()];
  const ids = Array.from({ length: 100 }, () => policyPrefetchId(one, randomUUID()));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) {
    expect(z.uuid().safeParse(id).success).toBe(true);
    expect([isPrefetchOf(one, id), isPrefetchOf(other, id)]).toEqual([true, false]);
  }
  expect(isPrefetchOf(one, randomUUID())).toBe(false);
});
