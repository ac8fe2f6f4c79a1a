import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool, exampleRequest } from '@hearth/domain/testing';
import { type EventStore, InMemoryEventStore, readState, runCommand } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { TestApi, tokens } from '../testing/test-api';

const id = randomUUID();
const stream = { category: 'volume', id } as const;
const request = {
  ...exampleRequest,
  volumeId: id as VolumeId,
  projectId: 'demo' as ProjectId,
  image: null,
  sizeGib: 1,
};
const transferId = randomUUID();
const offer = { id: transferId, name: null, salt: 'salt', keyHash: 'hash', noSnapshots: false };
const handOver: readonly VolumeCommand[] = [
  { do: 'CreateTransfer', transfer: offer },
  {
    do: 'AcceptTransfer',
    ...{ transferId, keyHash: 'hash', projectId: 'other' as ProjectId, userId: 'olga' as UserId },
  },
];

let log: InMemoryEventStore;
let api: TestApi;
const carryOut = async (commands: readonly VolumeCommand[]) => {
  const environment = { store: log, newId: randomUUID, now: () => new Date().toISOString() };
  for (const command of commands) await runCommand(environment, volumeDecider, stream, command);
};

/** A log in which a volume goes to another project just before somebody's decision about it is stored. */
function handingOver(): EventStore {
  let isDone = false;
  return {
    append: async (of, expected, commit) => {
      if (!isDone) await carryOut(handOver);
      isDone = true;
      return log.append(of, expected, commit);
    },
    read: (...read) => log.read(...read),
    follow: (options) => log.follow(options),
    lastSequence: () => log.lastSequence(),
  };
}

beforeEach(async () => {
  log = new InMemoryEventStore();
  await carryOut([
    { do: 'RequestVolume', request },
    { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] },
    { do: 'RecordProvisioned', pool: examplePool, bootable: false, imageMetadata: {}, decision: null },
  ]);
  api = await TestApi.start({ services: { store: handingOver() } });
});
afterEach(() => api.stop());

const act = (body: object) => api.post(`/v3/demo/volumes/${id}/action`, body);

test.each<[string, () => ReturnType<typeof act>]>([
  ['deleted', () => api.delete(`/v3/demo/volumes/${id}`)],
  ['extended', () => act({ 'os-extend': { new_size: 2 } })],
  ['sent to the image service', () => act({ 'os-volume_upload_image': { image_name: 'copy' } })],
  ['renamed', () => api.put(`/v3/demo/volumes/${id}`, { volume: { name: 'mine' } })],
])('a volume that goes to another project meanwhile is not %s by who had it', async (_, ask) => {
  expect(await ask()).toMatchObject({
    status: 404,
    body: { itemNotFound: { message: `Volume ${id} could not be found.` } },
  });
  const { state } = await readState(log, volumeDecider, stream);
  expect(state).toMatchObject({ label: 'available', details: { projectId: 'other', sizeGib: 1, name: request.name } });
  expect(api.quota.held.size).toBe(0);
});

test('what is refused so is the new owner’s to do', async () => {
  await api.delete(`/v3/demo/volumes/${id}`);
  expect((await api.delete(`/v3/other/volumes/${id}`, { token: tokens.other })).status).toBe(202);
});
