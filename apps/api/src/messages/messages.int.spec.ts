import { exampleRequest } from '@hearth/domain/testing';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideFor } from '../testing/given-volume';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
let volumeIds: string[];

beforeAll(async () => {
  house = await startDatabaseApi();
  volumeIds = [await failedVolume(), await failedVolume(), await failedVolume()];
}, 60_000);
afterAll(() => house.stop());

/** A volume that no backend could take. */
async function failedVolume(): Promise<string> {
  const volumeId = randomUUID() as VolumeId;
  const request = { ...exampleRequest, volumeId, projectId: 'demo' as ProjectId };
  const failure = { code: 'placement.no_valid_backend', reason: 'No backend has room.' } as const;
  await decideFor(
    house,
    volumeId,
    { do: 'RequestVolume', request },
    { do: 'RecordPlacementFailure', failure, rejected: [] },
  );
  return volumeId;
}

const at = (minor: number, token: string = tokens.member): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});

interface Message {
  readonly id: string;
  readonly resource_uuid: string;
}

async function list(query = '', asking = at(5)): Promise<readonly Message[]> {
  const { body } = await house.api.get(`/v3/demo/messages${query}`, asking);
  return (body as { messages: Message[] }).messages;
}

test('J.4: a create that failed tells its user why', async () => {
  const [message] = await list(`?resource_uuid=${volumeIds[0]}`);
  expect(message).toMatchObject({
    event_id: 'VOLUME_VOLUME_001_003',
    message_level: 'ERROR',
    resource_type: 'VOLUME',
    resource_uuid: volumeIds[0],
    user_message: expect.stringMatching(/^schedule allocate volume:/),
  });
  const shown = await house.api.get(`/v3/demo/messages/${message!.id}`, at(3));
  expect(shown.body).toEqual({ message });
});

test('lists come in pages from 3.5 on', async () => {
  const first = await list('?limit=2');
  expect(first).toHaveLength(2);
  const rest = await list(`?limit=2&marker=${first[1]!.id}`);
  expect([...first, ...rest].map(({ resource_uuid }) => resource_uuid).sort()).toEqual([...volumeIds].sort());
  expect(await list('?limit=1', at(3))).toHaveLength(3);
});

test("another project's messages are not found", async () => {
  const [message] = await list();
  expect((await house.api.get(`/v3/other/messages/${message!.id}`, at(3, tokens.other))).status).toBe(404);
  expect((await house.api.delete(`/v3/other/messages/${message!.id}`, at(3, tokens.other))).status).toBe(404);
  expect((await house.api.get('/v3/other/messages', at(3, tokens.other))).body).toEqual({ messages: [] });
});

test('a message that was deleted is gone; a reader may not delete it', async () => {
  const [message] = await list(`?resource_uuid=${volumeIds[1]}`);
  const path = `/v3/demo/messages/${message!.id}`;
  expect((await house.api.delete(path, at(3, tokens.reader))).status).toBe(403);
  expect((await house.api.delete(path, at(3))).status).toBe(204);
  expect((await house.api.get(path, at(3))).status).toBe(404);
  expect((await house.api.delete(path, at(3))).status).toBe(404);
});

test.each(['?limit=-1', '?sort=nonsense', '?sort_dir=up', '?resource_uuid=%00'])(
  '%s is refused with 400',
  async (query) => {
    expect((await house.api.get(`/v3/demo/messages${query}`, at(5))).status).toBe(400);
  },
);

test('a filter that nobody knows is refused to users from 3.31 on, and matches nothing otherwise', async () => {
  const unknown = await house.api.get('/v3/demo/messages?resource_id=x&limit=2', at(31));
  expect(unknown).toMatchObject({
    status: 400,
    body: { badRequest: { message: 'Invalid filters resource_id are found in query options.' } },
  });
  expect(await list('?resource_id=x', at(30))).toEqual([]);
  expect(await list('?resource_id=x', at(70, 'demo:root:admin'))).toEqual([]);
  expect(await list('?resource_id=x', at(4))).not.toEqual([]);
});

test('administrators find parts of texts from 3.34 on', async () => {
  const admin = at(34, 'demo:root:admin');
  const part = volumeIds[0]!.slice(3, 20);
  expect(await list(`?resource_uuid~=${part}`, admin)).toEqual([
    expect.objectContaining({ resource_uuid: volumeIds[0] }),
  ]);
  expect(await list(`?resource_uuid=${part}`, admin)).toEqual([]);
});

test('nobody knew messages before 3.3', async () => {
  expect((await house.api.get('/v3/demo/messages', at(2))).status).toBe(404);
});
