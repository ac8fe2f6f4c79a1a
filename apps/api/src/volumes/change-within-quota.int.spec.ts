import { randomUUID } from 'node:crypto';
import { placed, provisioned, requested } from '@hearth/domain/testing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import { Database, findQuotaSet, migrate, reservationKey } from '@hearth/read-model';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import type { CallContext } from '../http/request-context';
import { postgresQuota, postgresReadSide } from '../reads/postgres.read-side';
import { findVolumeToChange } from './change-volume';
import { changeWithinQuota } from './change-within-quota';

let server: ThrowAwayPostgres;
let database: Database;
beforeAll(async () => {
  server = await throwAwayPostgres();
  await migrate({ url: server.url });
  database = new Database({ url: server.url });
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

test('of two equal extends at once the one that comes too late gives back nothing of the other’s', async () => {
  const projectId = 'demo' as ProjectId;
  const id = randomUUID() as VolumeId;
  const store = new InMemoryEventStore();
  await store.append({ category: 'volume', id }, 0, {
    id: randomUUID(),
    recordedAt: '2026-01-02T03:04:05.000Z',
    events: [requested({ volumeId: id, projectId, sizeGib: 10 }), placed(), provisioned()],
  });
  const services = {
    store,
    newId: randomUUID,
    clock: Date,
    quota: postgresQuota(database),
    // The tables do not follow this log: what is held is what the requests have left.
    projected: async () => false,
  };
  const caller = { isAdmin: false } as CallContext['caller'];
  const call = { requestId: 'req-1', projectId, caller } as Partial<CallContext> as CallContext;
  const found = await findVolumeToChange({ store, reads: postgresReadSide(database) }, id, call);
  const room = { projectId, key: reservationKey.extend(id, 15), gigabytes: 5, volumeGib: 15 };
  const extend = () =>
    changeWithinQuota(services, found, { do: 'Extend', toGib: 15, inUse: false }, call, {
      asked: { operation: 'extend a volume' },
      room,
    });
  const ends = await Promise.allSettled([extend(), extend()]);
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await findQuotaSet(database, projectId))['gigabytes']).toMatchObject({ reserved: 5 });
});
