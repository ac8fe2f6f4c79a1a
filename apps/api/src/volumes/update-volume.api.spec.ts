import { volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { readState, runCommand } from '@hearth/event-sourcing';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import { ReadModelUnavailableError } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { TestApi } from '../testing/test-api';
import { volumeRow } from '../testing/volume-rows';

const id = randomUUID();
const stream = { category: 'volume', id } as const;
const request = { ...exampleRequest, volumeId: id as VolumeId, projectId: 'demo' as ProjectId, image: null };

let api: TestApi;
beforeEach(async () => {
  api = await TestApi.start({ services: { projected: async () => false } });
  api.reads.volumes = [volumeRow({ id })];
  const environment = { store: api.store, newId: randomUUID, now: () => new Date().toISOString() };
  await runCommand(environment, volumeDecider, stream, { do: 'RequestVolume', request });
});
afterEach(() => api.stop());

const update = (volume: object) => api.put(`/v3/demo/volumes/${id}`, { volume });
const detailsOf = async () => {
  const { state } = await readState(api.store, volumeDecider, stream);
  return 'details' in state ? state.details : undefined;
};

test('what was stored is answered, also when the rows cannot be reached any more', async () => {
  const find = api.reads.findVolume.bind(api.reads);
  api.reads.findVolume = async (wanted) => {
    const row = await find(wanted);
    api.reads.failure = new ReadModelUnavailableError('gone', undefined);
    return row;
  };
  expect(await update({ name: 'renamed' })).toMatchObject({ status: 200, body: { volume: { id, name: 'renamed' } } });
});

test('while the rows cannot be reached nothing is stored', async () => {
  api.reads.failure = new ReadModelUnavailableError('gone', undefined);
  expect((await update({ name: 'renamed' })).status).toBe(503);
  expect(await detailsOf()).toMatchObject({ name: request.name });
});

test('when the metadata is refused the name stays as it is', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 129 }, (_, ordinal) => [`key${ordinal}`, 'x']));
  expect((await update({ name: 'renamed', metadata })).status).toBe(400);
  expect(await detailsOf()).toMatchObject({ name: request.name, metadata: request.metadata });
});
