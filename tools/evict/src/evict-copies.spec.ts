import { cachePool, claim, complete, generationOf } from '@hearth/domain/testing';
import { imageCacheDecider } from '@hearth/domain';
import { InMemoryEventStore, readState, runCommand } from '@hearth/event-sourcing';
import { randomUUID } from 'node:crypto';
import { evictCopy, parseCopies } from './evict-copies';

const stream = { category: 'image-cache', id: cachePool } as const;
const environmentOf = (store: InMemoryEventStore) => ({
  store,
  now: () => '2030-01-01T00:00:00.000Z',
  newId: randomUUID,
});

test('a copy that is in use serves nobody else from then on, and to evict it again changes nothing', async () => {
  const environment = environmentOf(new InMemoryEventStore());
  for (const command of [claim(1, 1), complete(1)]) await runCommand(environment, imageCacheDecider, stream, command);
  const copy = { pool: cachePool, generation: generationOf(1) };
  expect(await evictCopy(environment, copy)).toBe('evicted');
  const { state, sequence } = await readState(environment.store, imageCacheDecider, stream);
  expect(imageCacheDecider.decide(claim(2, 1), state)).toEqual([expect.objectContaining({ type: 'fill-started' })]);
  expect(await evictCopy(environment, copy)).toBe('retired before');
  expect((await readState(environment.store, imageCacheDecider, stream)).sequence).toBe(sequence);
});

test('a copy that the log does not know, or that is not filled yet, is told', async () => {
  const environment = environmentOf(new InMemoryEventStore());
  expect(await evictCopy(environment, { pool: cachePool, generation: generationOf(1) })).toBe('unknown');
  await runCommand(environment, imageCacheDecider, stream, claim(1, 1));
  expect(await evictCopy(environment, { pool: cachePool, generation: generationOf(1) })).toBe('unknown');
});

test('copies are named one a line', () => {
  expect(parseCopies(`\n${cachePool} 7\n  store-02@b#p\t12 \n\n`)).toEqual([
    { pool: cachePool, generation: 7 },
    { pool: 'store-02@b#p', generation: 12 },
  ]);
});

test.each(['store-01@fast#default', 'store-01@fast#default 0', 'store-01 7', 'store-01@fast#default 7 8'])(
  'a line that names no copy is shown, and nothing is evicted: %j',
  (line) =>
    expect(() => parseCopies(`${cachePool} 1\n${line}`)).toThrow(
      `line 2 is no 'host@backend#pool GENERATION': "${line}"`,
    ),
);
