import type { VolumeTypeFacts } from '@hearth/contracts';
import { examplePool } from '@hearth/domain/testing';
import { readState } from '@hearth/event-sourcing';
import { volumeDecider } from '@hearth/domain';
import {
  createQosSpecs,
  associateQosSpecs,
  createVolumeType,
  findVolumeType,
  setDefaultType,
  setQuotaLimits,
} from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../../testing/database-api';
import { imageIdentity } from '../../testing/fakes';
import { givenSnapshot } from '../../testing/given-snapshot';
import { decideFor, givenVolume } from '../../testing/given-volume';
import { type Answer, messageOf, tokens } from '../../testing/test-api';
import { imageId } from '../../testing/volume-rows';

let house: DatabaseApi;
let volumeType: VolumeTypeFacts;
beforeAll(async () => {
  house = await startDatabaseApi();
  await setQuotaLimits(house.database, 'demo', { volumes: -1, gigabytes: -1, snapshots: -1 });
  const { id, name, extraSpecs } = (await findVolumeType(house.database, '__DEFAULT__'))!;
  volumeType = { id, name, extraSpecs };
}, 60_000);
afterAll(() => house.stop());

/** An available volume of the default type. */
const givenSource = (asked: Parameters<typeof givenVolume>[1] = {}) => givenVolume(house, { volumeType, ...asked });

const newest = { headers: { 'openstack-api-version': 'volume 3.70' } };
const create = (volume: object, asking: object = newest) => house.api.post('/v3/demo/volumes', { volume }, asking);
const volumeOf = ({ body }: Answer) => (body as { volume: Record<string, unknown> }).volume;
const refusal = (answer: Answer) => [answer.status, messageOf(answer)];
const requestOf = async (answer: Answer) => {
  const stream = { category: 'volume', id: String(volumeOf(answer)['id']) } as const;
  const { state } = await readState(house.store, volumeDecider, stream);
  if (state.status === 'absent') throw new Error('nothing was stored');
  return state.request;
};

describe('from a snapshot', () => {
  test('the new volume is as large, on the same pool, and inherits what the volume is', async () => {
    const volumeId = await givenSource({ sizeGib: 2 });
    await decideFor(
      house,
      volumeId,
      { do: 'SetBootable', bootable: true },
      { do: 'ChangeImageMetadata', change: { set: { os_distro: 'debian' } } },
    );
    const snapshotId = await givenSnapshot(house, volumeId);
    const answer = await create({ snapshot_id: snapshotId, name: 'copy', volume_type: null });
    expect(answer.status).toBe(202);
    expect(volumeOf(answer)).toMatchObject({
      ...{ status: 'creating', size: 2, snapshot_id: snapshotId, source_volid: null, bootable: 'true' },
    });
    expect(await requestOf(answer)).toMatchObject({
      source: { kind: 'snapshot', snapshotId, volumeId, pool: examplePool },
      inherited: { bootable: true, imageMetadata: { os_distro: 'debian' } },
      image: null,
    });
  });

  test('smaller is refused, larger is not', async () => {
    const snapshotId = await givenSnapshot(house, await givenSource({ sizeGib: 3 }));
    expect(refusal(await create({ snapshot_id: snapshotId, size: 2 }))).toEqual([
      400,
      "Invalid input received: Volume size '2'GB cannot be smaller than the snapshot size 3GB. They must be >= original snapshot size.",
    ]);
    expect(volumeOf(await create({ snapshot_id: snapshotId, size: 4 }))).toMatchObject({ size: 4 });
  });

  test('one that is not available is refused', async () => {
    const volumeId = await givenSource();
    const snapshotId = await givenSnapshot(house, volumeId);
    await decideFor(house, volumeId, { do: 'ResetSnapshotStatus', snapshotId, status: 'error' });
    expect(refusal(await create({ snapshot_id: snapshotId }))).toEqual([
      400,
      "Invalid snapshot: Originating snapshot status must be one of 'available' values",
    ]);
  });

  test("another project's is not found", async () => {
    const snapshotId = await givenSnapshot(house, await givenSource());
    const answer = await house.api.post(
      '/v3/other/volumes',
      { volume: { snapshot_id: snapshotId } },
      { token: tokens.other },
    );
    expect(refusal(answer)).toEqual([404, `Snapshot ${snapshotId} could not be found.`]);
  });

  test('an image that Nova made of one names it, from 3.46 on', async () => {
    const snapshotId = await givenSnapshot(house, await givenSource());
    const mapping = [
      { source_type: 'snapshot', boot_index: 1, snapshot_id: randomUUID() },
      { source_type: 'snapshot', boot_index: 0, snapshot_id: snapshotId },
    ];
    const before = house.api.images.image;
    const properties = { block_device_mapping: JSON.stringify(mapping) };
    house.api.images.image = { status: 'active', identity: imageIdentity({ sizeBytes: 0, properties }) };
    const at = (minor: number) =>
      create({ imageRef: imageId, size: 1 }, { headers: { 'openstack-api-version': `volume 3.${minor}` } });
    expect(await requestOf(await at(46))).toMatchObject({ source: { kind: 'snapshot', snapshotId }, image: null });
    expect(await requestOf(await at(45))).toMatchObject({ image: { id: imageId } });
    house.api.images.image = before;
  });
});

describe('from a volume', () => {
  test('it is a copy of one that is available or in use', async () => {
    const source = await givenSource({ sizeGib: 2 });
    const answer = await create({ source_volid: source });
    expect(volumeOf(answer)).toMatchObject({ size: 2, source_volid: source, snapshot_id: null });
    expect(await requestOf(answer)).toMatchObject({ source: { kind: 'volume', volumeId: source, pool: examplePool } });
    await decideFor(house, source, { do: 'Extend', toGib: 3, inUse: false });
    expect(refusal(await create({ source_volid: source }))).toEqual([
      400,
      "Invalid volume: Originating source volume status must be one of 'available, in-use' values",
    ]);
  });

  test.each([
    ['source_volid', 'Volume'],
    ['snapshot_id', 'Snapshot'],
    ['backup_id', 'Backup'],
    ['group_id', 'Group'],
    ['consistencygroup_id', 'Group'],
  ])('%s that is not there is not found', async (key, what) => {
    const id = randomUUID();
    expect(refusal(await create({ [key]: id, size: 1 }))).toEqual([404, `${what} ${id} could not be found.`]);
  });

  test('two sources at once are too many, once they are found', async () => {
    const source = await givenSource();
    const snapshotId = await givenSnapshot(house, source);
    expect(refusal(await create({ source_volid: source, snapshot_id: snapshotId }))).toEqual([
      400,
      'Invalid input received: May specify only one of backup, imageRef, snapshot, source volume',
    ]);
  });

  test('it stays in the zone of what it is a copy of', async () => {
    const source = await givenSource();
    expect(refusal(await create({ source_volid: source, availability_zone: 'west' }))).toEqual([
      400,
      'Invalid input received: Volume must be in the same availability zone as the source volume',
    ]);
  });
});

describe('types', () => {
  const typeOf = async (extraSpecs: Record<string, string>, isPublic = true) => {
    const id = randomUUID();
    await createVolumeType(house.database, { id, name: `type-${id}`, description: null, isPublic, extraSpecs });
    return { id, name: `type-${id}` };
  };

  test('a multiattach type makes multiattach volumes', async () => {
    const { name } = await typeOf({ multiattach: '<is> True' });
    const answer = await create({ size: 1, volume_type: name });
    expect(volumeOf(answer)).toMatchObject({ multiattach: true });
    expect(await requestOf(answer)).toMatchObject({ multiattach: true });
  });

  test('a private type is for those who were given it', async () => {
    const { name } = await typeOf({}, false);
    expect(refusal(await create({ size: 1, volume_type: name }))).toEqual([
      404,
      `Volume type with name ${name} could not be found.`,
    ]);
    expect((await create({ size: 1, volume_type: name }, { token: tokens.admin })).status).toBe(202);
  });

  test("the project's own default goes before that of all", async () => {
    const { id, name } = await typeOf({});
    const project = `project-${randomUUID()}`;
    await setDefaultType(house.database, { projectId: project, volumeTypeId: id });
    const answer = await house.api.post(
      `/v3/${project}/volumes`,
      { volume: { size: 1 } },
      { token: `${project}:ann:member` },
    );
    expect(volumeOf(answer)).toMatchObject({ volume_type: name });
  });

  test('a type may bound sizes and zones', async () => {
    const { name } = await typeOf({
      'provisioning:min_vol_size': '2',
      'provisioning:max_vol_size': '3',
      'RESKEY:availability_zones': 'west, east',
    });
    const ofSize = (size: number) => create({ size, volume_type: name });
    expect(refusal(await ofSize(1))).toEqual([
      400,
      `Invalid input received: Specified volume size of '1' is less than the minimum required size of '2' for volume type '${name}'.`,
    ]);
    expect((await ofSize(4)).status).toBe(400);
    expect(volumeOf(await ofSize(2))).toMatchObject({ availability_zone: 'west' });
    expect(refusal(await create({ size: 2, volume_type: name, availability_zone: 'nova' }))).toEqual([
      400,
      "Availability zone 'nova' is invalid.",
    ]);
  });

  test('limits of a type count besides those of the project', async () => {
    const { name } = await typeOf({});
    await setQuotaLimits(house.database, 'demo', { [`volumes_${name}`]: 1 });
    expect((await create({ size: 1, volume_type: name })).status).toBe(202);
    expect(refusal(await create({ size: 1, volume_type: name }))).toEqual([
      413,
      `VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded for quota 'volumes_${name}'.`,
    ]);
  });

  test('QoS specs for the front end go along with the type', async () => {
    const { id, name } = await typeOf({});
    const qosId = randomUUID();
    await createQosSpecs(house.database, {
      id: qosId,
      name: `qos-${qosId}`,
      consumer: 'both',
      specs: { total_iops_sec: '100' },
    });
    await associateQosSpecs(house.database, qosId, id);
    expect(await requestOf(await create({ size: 1, volume_type: name }))).toMatchObject({
      volumeType: { qosSpecs: { total_iops_sec: '100' } },
    });
  });
});
