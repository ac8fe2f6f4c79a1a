import type { VolumeEvent } from '@hearth/contracts';
import { labelOf, owedSteps, type Volume } from '@hearth/domain';
import { connectNats, ensureStreams, JetStreamEventStore } from '@hearth/event-store-nats';
import { createVolumeType, setQuotaLimits } from '@hearth/read-model';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenSnapshot } from '../testing/given-snapshot';
import { givenVolume } from '../testing/given-volume';
import { healthyHost, playHost, volumeOf } from '../testing/play-host';
import { type Answer, tokens } from '../testing/test-api';
import { exampleReport } from '../testing/walk/example-report';

// Many clients at once on one volume, over a real log and real rows: the log's expected sequence is what lets one of them win.

let nats: ThrowAwayNats;
let connection: NatsConnection;
let house: DatabaseApi;
let otherType: string;
beforeAll(async () => {
  nats = await throwAwayNats();
  connection = await connectNats({ servers: [nats.url], name: 'conflicting-actions' });
  await ensureStreams(connection);
  const store = await JetStreamEventStore.open(connection);
  const hosts = { hosts: async () => new Map([[exampleReport.host, exampleReport]]) };
  house = await startDatabaseApi({ services: { hosts } }, store);
  otherType = randomUUID();
  const type = { id: otherType, name: 'other', description: null, isPublic: true, extraSpecs: {} };
  await createVolumeType(house.database, type);
  await setQuotaLimits(house.database, 'demo', { volumes: -1, gigabytes: -1, snapshots: -1 });
}, 90_000);
afterAll(async () => {
  await house.stop();
  await connection.close();
  await nats.stop();
});

interface Target {
  readonly id: string;
  readonly snapshotId: string;
}

const headers = { 'openstack-api-version': 'volume 3.70' };
const asked = (body: object) => [body, { headers }] as const;
const act = ({ id }: Target, body: object) => house.api.post(`/v3/demo/volumes/${id}/action`, ...asked(body));

/** What may be asked of a volume, and the fact that it leads to where it is accepted. */
const requests = {
  extend: [(volume: Target) => act(volume, { 'os-extend': { new_size: 2 } }), 'VolumeExtensionRequested'],
  delete: [
    ({ id }: Target) => house.api.delete(`/v3/demo/volumes/${id}?cascade=true`, { headers }),
    'VolumeDeletionRequested',
  ],
  attach: [
    ({ id }: Target) =>
      house.api.post(
        '/v3/demo/attachments',
        ...asked({ attachment: { volume_uuid: id, instance_uuid: randomUUID() } }),
      ),
    'VolumeAttachmentReserved',
  ],
  reserve: [(volume: Target) => act(volume, { 'os-reserve': {} }), 'VolumeReserved'],
  snapshot: [
    ({ id }: Target) => house.api.post('/v3/demo/snapshots', ...asked({ snapshot: { volume_id: id } })),
    'SnapshotRequested',
  ],
  transfer: [
    ({ id }: Target) => house.api.post('/v3/demo/volume-transfers', ...asked({ transfer: { volume_id: id } })),
    'VolumeTransferCreated',
  ],
  upload: [
    (volume: Target) => act(volume, { 'os-volume_upload_image': { image_name: 'an image', force: false } }),
    'VolumeUploadRequested',
  ],
  revert: [(volume: Target) => act(volume, { revert: { snapshot_id: volume.snapshotId } }), 'VolumeRevertRequested'],
  retype: [
    (volume: Target) => act(volume, { 'os-retype': { new_type: otherType, migration_policy: 'never' } }),
    'VolumeRetyped',
  ],
} as const satisfies Readonly<Record<string, readonly [(volume: Target) => Promise<Answer>, VolumeEvent['type']]>>;
type Request = keyof typeof requests;
const all = Object.keys(requests) as Request[];
/** Each of them takes the volume for itself. The others may be done before any of them. */
const exclusive: readonly Request[] = all.filter((name) => name !== 'snapshot' && name !== 'retype');

async function given(): Promise<Target> {
  const id = await givenVolume(house);
  return { id, snapshotId: await givenSnapshot(house, id) };
}

/** An order that every round has anew, and that is the same whenever it is run. */
const shuffled = (round: number): readonly Request[] =>
  all
    .map((name, at) => ({ name, key: Math.imul(at + 1, 2_654_435_761 * (round + 1)) >>> 0 }))
    .sort((one, other) => one.key - other.key)
    .map(({ name }) => name);

interface Answered {
  readonly name: Request;
  readonly status: number;
  readonly requestId: unknown;
}

const atOnce = (volume: Target, names: readonly Request[]): Promise<readonly Answered[]> =>
  Promise.all(
    names.map(async (name) => {
      const { status, headers: told } = await requests[name][0](volume);
      return { name, status, requestId: told['x-openstack-request-id'] };
    }),
  );

const won = (answers: readonly Answered[]) => answers.filter(({ status }) => status < 300).map(({ name }) => name);

/** What each request has left in the log. */
async function factsOf(id: string): Promise<ReadonlyMap<unknown, readonly VolumeEvent['type'][]>> {
  const facts = new Map<unknown, VolumeEvent['type'][]>();
  for await (const { correlationId, events } of house.store.read({ category: 'volume', id })) {
    facts.set(correlationId, [...(facts.get(correlationId) ?? []), ...events.map(({ type }) => type)]);
  }
  return facts;
}

const refusals = [400, 404, 409];

/** Who was told that it is done has left its fact, who was told no has left none, and nobody heard of a fault of ours. */
async function expectAnswersToBeTrue({ id }: Target, answers: readonly Answered[]): Promise<void> {
  const facts = await factsOf(id);
  const isAskedFor = [...facts.values()].flat().includes('VolumeDeletionRequested');
  for (const { name, status, requestId } of answers) {
    const left = facts.get(requestId) ?? [];
    // To ask again for a deletion is harmless: it is asked for already.
    if (name === 'delete' && status < 300 && left.length === 0) expect(isAskedFor).toBe(true);
    else if (status < 300) expect([name, left]).toEqual([name, expect.arrayContaining([requests[name][1]])]);
    else expect([name, refusals.includes(status) || status, left]).toEqual([name, true, []]);
  }
}

/** Rows and log tell the same of the volume. */
async function expectRowsToFollow({ id }: Target, volume: Volume): Promise<void> {
  await house.caughtUp();
  const shown = await house.api.get(`/v3/operators/volumes/${id}`, { token: tokens.admin, headers });
  if (volume.status === 'deleted') return expect(shown.status).toBe(404);
  expect(shown.body).toMatchObject({ volume: { status: labelOf(volume) } });
}

test.each(Array.from({ length: 8 }, (_, round) => [round]))(
  'of all that may be asked of a volume one takes it, and the others are refused (round %i)',
  async (round) => {
    const target = await given();
    const records = house.api.imageRecords;
    const before = records.made.length - records.removed.length;
    const answers = await atOnce(target, shuffled(round));
    await expectAnswersToBeTrue(target, answers);
    const [winner, ...more] = won(answers).filter((name) => exclusive.includes(name));
    expect([winner, more]).toEqual([expect.any(String), []]);
    const volume = await volumeOf(house.store, target.id);
    const label = {
      ...{ extend: 'extending', delete: 'deleting', attach: 'reserved', reserve: 'attaching' },
      ...{ transfer: 'awaiting-transfer', upload: 'uploading', revert: 'reverting' },
    }[winner as string];
    expect(labelOf(volume)).toBe(label);
    // An image's record is there for an upload that is, and for no other.
    expect(records.made.length - records.removed.length - before).toBe(winner === 'upload' ? 1 : 0);
    await expectRowsToFollow(target, volume);
  },
);

test.each(Array.from({ length: 6 }, (_, round) => [round]))(
  'while a host does what it is asked, everybody is told the truth, and the volume comes to rest whole (round %i)',
  async (round) => {
    const target = await given();
    const endHost = playHost(house.store, (step) => {
      if (step.do === 'revert') return { do: 'RecordReverted', snapshotId: step.snapshotId };
      if (step.do !== 'upload') return healthyHost(step);
      return { do: 'RecordUploaded', imageId: step.upload.imageId, method: 'upload', bytesUploaded: 1 };
    });
    const answers = await atOnce(target, [...shuffled(round), ...shuffled(round + 100)]);
    const volume = await eventually(async () => {
      const state = await volumeOf(house.store, target.id);
      return owedSteps(state).length === 0 ? state : undefined;
    });
    await endHost();
    await expectAnswersToBeTrue(target, answers);
    const winners = won(answers);
    const times = (name: Request) => winners.filter((one) => one === name).length;
    if (volume.status === 'provisioned') {
      expect(times('delete')).toBe(0);
      expect(volume.details.sizeGib).toBe(1 + times('extend'));
      expect(volume.snapshots.size).toBe(1 + times('snapshot'));
      expect(volume.attachments.size).toBe(times('attach'));
      expect([volume.work, volume.transfer !== undefined]).toEqual([undefined, times('transfer') === 1]);
    } else expect([volume.status, times('delete') > 0]).toEqual(['deleted', true]);
    await expectRowsToFollow(target, volume);
  },
);
