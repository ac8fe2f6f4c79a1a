import { exampleRequest } from '@hearth/domain/testing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { createLog } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { Projection } from './projection';

const log = createLog({ name: 'api', format: 'json', write: () => undefined });
let store: InMemoryEventStore;
let projection: Projection;

beforeEach(() => {
  store = new InMemoryEventStore();
  projection = new Projection({ store, database: { url: 'postgresql://unused' }, log });
});

async function append(): Promise<void> {
  const id = randomUUID() as VolumeId;
  const data = { ...exampleRequest, volumeId: id };
  const recordedAt = '2026-01-02T03:04:05.000Z';
  const events = [{ type: 'VolumeRequested', data }] as const;
  await store.append({ category: 'volume', id }, 0, { id: randomUUID(), recordedAt, events });
}

test('rows are fit to be read once they have what was in the log before, and stay so while more comes', async () => {
  for (let commits = 0; commits < 3; commits += 1) await append();
  await expect(projection.check()).rejects.toThrow('stands at 0 of 3');
  await append();
  projection.position.advance(2);
  await expect(projection.check()).rejects.toThrow('stands at 2 of 4');
  projection.position.advance(3);
  expect(await projection.check()).toMatchObject({ behind: 1 });
  await append();
  expect(await projection.check()).toMatchObject({ sequence: 3, behind: 2 });
});

test('an empty log is reached at once', async () => {
  expect(await projection.check()).toMatchObject({ behind: 0 });
});
