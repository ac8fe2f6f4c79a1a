import { owedSteps } from '@hearth/domain';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenVolume } from '../testing/given-volume';
import { playHost, volumeOf } from '../testing/play-host';
import type { Answer } from '../testing/test-api';

let house: DatabaseApi;
let endHost: () => Promise<void>;
beforeAll(async () => {
  house = await startDatabaseApi();
  endHost = playHost(house.store);
}, 60_000);
afterAll(async () => {
  await endHost();
  await house.stop();
});

const headers = { 'openstack-api-version': 'volume 3.70' };
const connector = { host: 'peer', ip: '127.0.0.1', initiator: 'iqn.1993-08.org.debian:01:peer' };

const requests: Readonly<Record<string, (volumeId: string) => Promise<Answer>>> = {
  extend: (id) => house.api.post(`/v3/demo/volumes/${id}/action`, { 'os-extend': { new_size: 2 } }, { headers }),
  delete: (id) => house.api.delete(`/v3/demo/volumes/${id}`, { headers }),
  snapshot: (id) => house.api.post('/v3/demo/snapshots', { snapshot: { volume_id: id } }, { headers }),
  attach: (id) =>
    house.api.post(
      '/v3/demo/attachments',
      { attachment: { volume_uuid: id, instance_uuid: randomUUID(), connector } },
      { headers },
    ),
  reserve: (id) => house.api.post(`/v3/demo/volumes/${id}/action`, { 'os-reserve': {} }, { headers }),
};
type Requested = { readonly name: string; readonly status: number };

/** All of them at once, in an order that differs from round to round. */
async function atOnce(volumeId: string, names: readonly string[], round: number): Promise<readonly Requested[]> {
  const turned = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
  return Promise.all(turned.map(async (name) => ({ name, status: (await requests[name]!(volumeId)).status })));
}

/** The volume when its host has nothing left to do. */
const atRest = (id: string) =>
  eventually(async () => {
    const volume = await volumeOf(house.store, id);
    return owedSteps(volume).length === 0 ? volume : undefined;
  });

const isDone = ({ status }: Requested) => status < 300;
const done = (answers: readonly Requested[]) => answers.filter(isDone).map(({ name }) => name);

test.each(Array.from({ length: 10 }, (_, round) => [round]))(
  'of extend, delete, snapshot, attach and reserve at once as many win as may follow on each other, and the volume is whole (%i)',
  async (round) => {
    const id = await givenVolume(house);
    const answers = await atOnce(id, Object.keys(requests), round);
    // Who comes when the volume has gone already does not find it.
    for (const { status } of answers) expect([200, 202, 400, 404, 409]).toContain(status);
    const winners = done(answers);
    expect(winners).not.toHaveLength(0);
    const volume = await atRest(id);
    if (winners.includes('delete')) {
      expect(volume.status).toBe('deleted');
    } else if (volume.status === 'provisioned') {
      expect(volume.details.sizeGib).toBe(winners.includes('extend') ? 2 : 1);
      expect(volume.snapshots.size).toBe(winners.includes('snapshot') ? 1 : 0);
      expect(volume.attachments.size).toBe(winners.includes('attach') ? 1 : 0);
      expect([volume.label, volume.held]).toEqual(
        winners.includes('attach') || winners.includes('reserve')
          ? ['attaching', winners.includes('reserve') ? 'attach' : undefined]
          : ['available', undefined],
      );
    } else throw new Error(`the volume is ${volume.status}`);
    await house.caughtUp();
    const shown = await house.api.get(`/v3/demo/volumes/${id}`);
    expect(shown.status).toBe(winners.includes('delete') ? 404 : 200);
  },
);

test('of many servers that want a volume for one at once, one gets it', async () => {
  const id = await givenVolume(house);
  const answers = await atOnce(id, Array<string>(12).fill('attach'), 0);
  expect(done(answers)).toHaveLength(1);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
  const volume = await atRest(id);
  expect(volume.status === 'provisioned' && volume.attachments.size).toBe(1);
});

test('of a volume for several, many servers at once are all given it, or told to come again', async () => {
  const id = await givenVolume(house, { multiattach: true });
  const answers = await atOnce(id, Array<string>(6).fill('attach'), 0);
  const volume = await atRest(id);
  expect(volume.status === 'provisioned' && volume.attachments.size).toBe(done(answers).length);
  for (const { status } of answers) expect([200, 400, 503]).toContain(status);
});

test('a connection that is made, removed and completed at once ends as one of them says', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await givenVolume(house);
    const body = { attachment: { volume_uuid: id, instance_uuid: randomUUID() } };
    const made = await house.api.post('/v3/demo/attachments', body, { headers });
    const path = `/v3/demo/attachments/${(made.body as { attachment: { id: string } }).attachment.id}`;
    const [put, removed] = await Promise.all([
      house.api.put(path, { attachment: { connector } }, { headers }),
      house.api.delete(path, { headers }),
      house.api.post(`${path}/action`, { 'os-complete': {} }, { headers }),
    ]);
    const volume = await atRest(id);
    const left = volume.status === 'provisioned' ? volume.attachments.size : -1;
    // Whoever has been told how the volume is reached keeps it; a removal that comes later is refused.
    if (removed.status === 200) {
      expect([400, 404, 409]).toContain(put.status);
      expect(left).toBe(0);
    } else expect([put.status, removed.status, left]).toEqual([200, 409, 1]);
  }
});
