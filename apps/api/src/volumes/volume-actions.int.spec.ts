import type { HostReport } from '@hearth/contracts';
import { examplePool } from '@hearth/domain/testing';
import { ImageUploadError } from '@hearth/openstack-clients';
import { createVolumeType, setQuotaLimits } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenSnapshot } from '../testing/given-snapshot';
import { decideFor, givenVolume } from '../testing/given-volume';
import { type Answer, messageOf, tokens } from '../testing/test-api';
import { imageId } from '../testing/volume-rows';

let house: DatabaseApi;
/** What the host of the pool reports; a test may change it. */
let capabilities: Record<string, string | number | boolean>;
let isSilent: boolean;

beforeAll(async () => {
  house = await startDatabaseApi({
    services: { hosts: { hosts: async () => new Map(isSilent ? [] : [['store', report()]]) } },
  });
}, 60_000);
afterAll(() => house.stop());
beforeEach(() => {
  isSilent = false;
  capabilities = { volume_backend_name: 'fast', online_extend_support: true };
});

const cache = { state: 'disabled', reason: 'off', maxSizeGib: 0, maxCount: 0 } as const;
const report = (): HostReport => ({
  host: 'store',
  incarnation: 'one',
  reportedAt: '2026-11-21T00:00:00.000Z',
  version: '0.1.0',
  down: [],
  pools: [
    {
      ...{ pool: examplePool, availabilityZone: 'nova', totalGib: 100, freeGib: 90, provisionedGib: 1, thin: true },
      ...{ oversubscriptionMax: 20, reservedPercent: 0, capabilities, cloneMethod: 'reflink', cache },
    },
  ],
});

const speaking = (minor: number, token: string = tokens.member) => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});
const act = (id: string, body: unknown, asking: object = {}) =>
  house.api.post(`/v3/demo/volumes/${id}/action`, body, asking);
const show = async (id: string) => {
  const { body } = await house.api.get(`/v3/demo/volumes/${id}`, speaking(70));
  return (body as { volume: Record<string, unknown> }).volume;
};
const refusal = (answer: Answer) => [answer.status, messageOf(answer)];

describe('os-extend', () => {
  test('is accepted with an empty body; the size is the new one when the host has done it', async () => {
    const id = await givenVolume(house);
    const answer = await act(id, { 'os-extend': { new_size: '2' } });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await show(id)).toMatchObject({ status: 'extending', size: 1 });
    await decideFor(house, id, { do: 'RecordExtended', toGib: 2 });
    expect(await show(id)).toMatchObject({ status: 'available', size: 2 });
  });

  test('a size that is not larger is refused before the status is looked at', async () => {
    const id = await givenVolume(house, { sizeGib: 2 });
    await act(id, { 'os-extend': { new_size: 3 } });
    expect(refusal(await act(id, { 'os-extend': { new_size: 1 } }))).toEqual([
      400,
      'Invalid input received: New size for extend must be greater than current size. (current: 2, extended: 1).',
    ]);
    expect(refusal(await act(id, { 'os-extend': { new_size: 4 } }))).toEqual([
      400,
      `Invalid volume: Volume ${id} status must be '{'status': 'available'}' to extend, currently extending.`,
    ]);
  });

  test('a volume in use is extended from 3.42 on, where its driver can', async () => {
    const id = await inUse();
    expect((await act(id, { 'os-extend': { new_size: 2 } }, speaking(41))).status).toBe(400);
    capabilities['online_extend_support'] = false;
    expect((await act(id, { 'os-extend': { new_size: 2 } }, speaking(42))).status).toBe(400);
    capabilities['online_extend_support'] = true;
    expect((await act(id, { 'os-extend': { new_size: 2 } }, speaking(42))).status).toBe(202);
  });

  test('what the quota has no room for holds nothing', async () => {
    const projectId = `project-${randomUUID()}`;
    const token = `${projectId}:ann:member`;
    const id = await givenVolume(house, { projectId: projectId as never });
    await setQuotaLimits(house.database, projectId, { gigabytes: 3 });
    const extend = (size: number) =>
      house.api.post(`/v3/${projectId}/volumes/${id}/action`, { 'os-extend': { new_size: size } }, { token });
    for (const _time of ['once', 'again']) {
      expect(await extend(9)).toMatchObject({
        status: 413,
        headers: { 'retry-after': '0' },
        body: {
          overLimit: {
            code: 413,
            message:
              'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. ' +
              'Requested 8G, quota is 3G and 1G has been consumed.',
            retryAfter: '0',
          },
        },
      });
    }
    expect((await extend(3)).status).toBe(202);
  });
});

/** A volume that a server uses. */
async function inUse(): Promise<string> {
  const id = await givenVolume(house);
  const attachmentId = randomUUID();
  const connection = { driverVolumeType: 'local', data: {} };
  await decideFor(
    house,
    id,
    { do: 'ReserveAttachment', attachmentId, instanceId: randomUUID(), mode: 'rw', connector: { host: 'h' } },
    { do: 'RecordConnected', attachmentId, connection },
    { do: 'CompleteAttachment', attachmentId },
  );
  return id;
}

describe('os-retype', () => {
  const typeOf = async (extraSpecs: Record<string, string>, isPublic = true) => {
    const id = randomUUID();
    const name = `type-${id}`;
    await createVolumeType(house.database, { id, name, description: null, isPublic, extraSpecs });
    return { id, name };
  };

  test('to a type that the pool meets is done at once', async () => {
    const id = await givenVolume(house);
    const { name } = await typeOf({ volume_backend_name: 'fast' });
    const answer = await act(id, { 'os-retype': { new_type: name, migration_policy: 'never' } });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await show(id)).toMatchObject({ status: 'available', volume_type: name });
  });

  test('to a type that needs another backend is refused, whatever migration_policy says', async () => {
    const id = await givenVolume(house);
    const { name } = await typeOf({ volume_backend_name: 'slow' });
    for (const policy of ['never', 'on-demand']) {
      const answer = await act(id, { 'os-retype': { new_type: name, migration_policy: policy } });
      expect(refusal(answer)).toEqual([400, expect.stringContaining(`does not meet volume type '${name}'`)]);
      expect(answer.text).not.toContain('slow');
    }
    const forAdmin = await act(id, { 'os-retype': { new_type: name } }, { token: tokens.admin });
    expect(forAdmin.status).toBe(400);
  });

  test("to its own type, to none, and to one that is not the project's", async () => {
    const id = await givenVolume(house);
    const { name: own } = await typeOf({});
    const retype = (type: string) => act(id, { 'os-retype': { new_type: type } });
    expect((await retype(own)).status).toBe(202);
    expect(refusal(await retype(own))).toEqual([
      400,
      expect.stringMatching(/^Invalid volume: Retype needs volume to be in available or in-use state, not be part of/),
    ]);
    expect(refusal(await retype('nope'))).toEqual([404, 'Volume type with name nope could not be found.']);
    const { name } = await typeOf({}, false);
    expect((await retype(name)).status).toBe(404);
  });

  test('whose limits have no room for the volume and its snapshots is refused, and holds nothing', async () => {
    const id = await givenVolume(house);
    await givenSnapshot(house, id);
    const { name } = await typeOf({});
    await setQuotaLimits(house.database, 'demo', { [`gigabytes_${name}`]: 1 });
    for (const _time of ['once', 'again']) {
      const answer = await act(id, { 'os-retype': { new_type: name } });
      expect(refusal(answer)).toEqual([413, expect.stringContaining(`exceeds allowed gigabytes_${name} quota`)]);
    }
    await setQuotaLimits(house.database, 'demo', { [`gigabytes_${name}`]: 2 });
    expect((await act(id, { 'os-retype': { new_type: name } })).status).toBe(202);
  });

  test('while the host is silent nobody knows, and the client is told to come again', async () => {
    const id = await givenVolume(house);
    const { name } = await typeOf({});
    isSilent = true;
    expect(await act(id, { 'os-retype': { new_type: name } })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
  });
});

describe('flags', () => {
  test('bootable is set with 200, read-only with 202 and shown among the metadata', async () => {
    const id = await givenVolume(house);
    const bootable = await act(id, { 'os-set_bootable': { bootable: 'True' } });
    expect([bootable.status, bootable.text]).toEqual([200, '']);
    expect((await act(id, { 'os-update_readonly_flag': { readonly: true } })).status).toBe(202);
    expect(await show(id)).toMatchObject({ bootable: 'true', metadata: { readonly: 'True' } });
    expect((await act(id, { 'os-update_readonly_flag': { readonly: 'f' } })).status).toBe(202);
    expect(await show(id)).toMatchObject({ metadata: { readonly: 'False' } });
  });

  test('what was said of read-only is shown from then on, that it is not too', async () => {
    const id = await givenVolume(house);
    const shown = async () =>
      ((await house.api.get(`/v3/demo/volumes/${id}`)).body as { volume: { metadata: object } }).volume.metadata;
    const before = await shown();
    expect(before).not.toHaveProperty('readonly');
    await act(id, { 'os-update_readonly_flag': { readonly: false } });
    expect(await shown()).toEqual({ ...before, readonly: 'False' });
  });

  test('read-only is for available volumes', async () => {
    const id = await inUse();
    expect(refusal(await act(id, { 'os-update_readonly_flag': { readonly: true } }))).toEqual([
      400,
      `Invalid volume: Volume ${id} status must be available to update readonly flag, but current status is: in-use.`,
    ]);
  });

  test.each([
    [{ 'os-set_bootable': { bootable: 'maybe' } }],
    [{ 'os-set_bootable': {} }],
    [{ 'os-set_bootable': null }],
    [{ 'os-update_readonly_flag': { readonly: 1 } }],
    [{ 'os-set_bootable': { bootable: true, more: 1 } }],
  ])('%j is refused', async (body) => {
    expect((await act(await givenVolume(house), body)).status).toBe(400);
  });
});

describe('image metadata', () => {
  test('is added to, shown and taken out of', async () => {
    const id = await givenVolume(house);
    const set = await act(id, { 'os-set_image_metadata': { metadata: { hw_disk_bus: 'scsi' } } });
    expect([set.status, set.body]).toEqual([200, { metadata: { hw_disk_bus: 'scsi' } }]);
    expect((await act(id, { 'os-show_image_metadata': null })).body).toEqual({ metadata: { hw_disk_bus: 'scsi' } });
    const unset = { 'os-unset_image_metadata': { key: 'hw_disk_bus' } };
    const answer = await act(id, unset);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(refusal(await act(id, unset))).toEqual([404, `Glance metadata for volume/snapshot ${id} cannot be found.`]);
  });
});

describe('metadata', () => {
  const path = (id: string, key = '') => `/v3/demo/volumes/${id}/metadata${key && `/${key}`}`;

  test('all verbs', async () => {
    const id = await givenVolume(house, { metadata: { k1: 'v1' } });
    const { api } = house;
    expect((await api.get(path(id))).body).toEqual({ metadata: { k1: 'v1' } });
    const merged = await api.post(path(id), { metadata: { a: '1', b: '2' } });
    expect([merged.status, merged.body]).toEqual([200, { metadata: { k1: 'v1', a: '1', b: '2' } }]);
    expect((await api.put(path(id), { metadata: { x: 'y' } })).body).toEqual({ metadata: { x: 'y' } });
    expect((await api.get(path(id, 'x'))).body).toEqual({ meta: { x: 'y' } });
    expect((await api.put(path(id, 'x'), { meta: { x: 'z' } })).body).toEqual({ meta: { x: 'z' } });
    const gone = await api.delete(path(id, 'x'));
    expect([gone.status, gone.text]).toEqual([200, '']);
    const sentence = `Volume ${id} has no metadata with key x.`;
    expect(refusal(await api.get(path(id, 'x')))).toEqual([404, sentence]);
    expect(refusal(await api.delete(path(id, 'x')))).toEqual([404, sentence]);
  });

  test('an item has to be about the key of the path, and 128 are the most', async () => {
    const id = await givenVolume(house);
    const { api } = house;
    expect(refusal(await api.put(path(id, 'x'), { meta: { y: 'z' } }))).toEqual([400, 'Request body and URI mismatch']);
    const many = Object.fromEntries([...Array(129).keys()].map((n) => [`k${n}`, '']));
    expect(refusal(await api.put(path(id), { metadata: many }))).toEqual([
      400,
      'Invalid volume metadata: there would be more than 128 items.',
    ]);
    expect((await api.get(path(id))).body).toEqual({ metadata: {} });
  });

  test.each([
    { metadata: { k: 'v'.repeat(256) } },
    { metadata: { [`${'k'.repeat(256)}`]: 'v' } },
    { metadata: { 'a\nb': 'v' } },
    { metadata: { k: 1 } },
    { metadata: [] },
    { meta: {} },
    {},
    [],
  ])('%j is refused', async (body) => {
    const id = await givenVolume(house);
    expect((await house.api.put(path(id), body)).status).toBe(400);
    expect((await house.api.post(path(id), body)).status).toBe(400);
  });
});

describe('PUT a volume', () => {
  const put = (id: string, volume: object, asking: object = {}) =>
    house.api.put(`/v3/demo/volumes/${id}`, { volume }, asking);

  test('changes what is named, under either name of it', async () => {
    const id = await givenVolume(house, { name: 'one', description: 'd' });
    const renamed = await put(id, { display_name: ' two ' });
    expect([renamed.status, renamed.body]).toMatchObject([200, { volume: { id, name: 'two', description: 'd' } }]);
    const emptied = await put(id, { description: null, metadata: { a: 'b' } }, speaking(70));
    expect(emptied.body).toMatchObject({ volume: { description: null, metadata: { a: 'b' } } });
    expect(await show(id)).toMatchObject({ name: 'two', description: null, metadata: { a: 'b' } });
  });

  test('has to change something from 3.53 on, and knows no other keys', async () => {
    const id = await givenVolume(house);
    expect((await put(id, {}, speaking(52))).status).toBe(200);
    expect((await put(id, {}, speaking(53))).status).toBe(400);
    expect((await put(id, { size: 2 })).status).toBe(400);
    expect(refusal(await put(id, { name: 'x'.repeat(256) }))).toEqual([
      400,
      'Invalid input received: name has 256 characters, more than 255.',
    ]);
  });
});

describe('os-reset_status and force', () => {
  const asAdmin = { token: tokens.admin };

  test('an administrator sets a status; a user does not', async () => {
    const id = await givenVolume(house);
    const reset = { 'os-reset_status': { status: 'error' } };
    expect(refusal(await act(id, reset))).toEqual([
      403,
      "Policy doesn't allow volume_extension:volume_admin_actions:reset_status to be performed.",
    ]);
    const answer = await house.api.post(`/v3/operators/volumes/${id}/action`, reset, asAdmin);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await show(id)).toMatchObject({ status: 'error' });
  });

  test.each([
    [{}, "Must specify 'status', 'attach_status' or 'migration_status' for update."],
    [
      { status: 'sleepy' },
      expect.stringMatching(/^Volume status: sleepy is invalid, valid statuses are: \('creating', /),
    ],
    [{ status: 'deleting' }, 'Cannot reset-state to deleting'],
    [{ status: 'in-use' }, 'Cannot reset-state to in-use because volume does not have any attachments.'],
    [{ attach_status: 'x' }, "Volume attach status: x is invalid, valid statuses are: ['attached', 'detached']."],
  ])('%j is refused', async (argument, sentence) => {
    const id = await givenVolume(house);
    const answer = await house.api.post(`/v3/operators/volumes/${id}/action`, { 'os-reset_status': argument }, asAdmin);
    expect(refusal(answer)).toEqual([400, sentence]);
  });

  test('a volume whatever its status is deleted by force, one in use is not', async () => {
    const id = await givenVolume(house);
    await act(id, { 'os-extend': { new_size: 2 } });
    expect((await act(id, { 'os-force_delete': null })).status).toBe(403);
    const force = (one: string) =>
      house.api.post(`/v3/operators/volumes/${one}/action`, { 'os-force_delete': {} }, asAdmin);
    expect((await force(id)).status).toBe(202);
    expect((await force(await inUse())).status).toBe(400);
  });

  test('DELETE with cascade takes the snapshots along; force is for administrators, from 3.23 on', async () => {
    const id = await givenVolume(house);
    await givenSnapshot(house, id);
    const path = `/v3/demo/volumes/${id}`;
    expect(refusal(await house.api.delete(path))).toEqual([
      400,
      expect.stringMatching(/^Invalid volume: Volume status must/),
    ]);
    expect(refusal(await house.api.delete(`${path}?cascade=maybe`))).toEqual([
      400,
      "Value 'maybe' for 'cascade' is not a boolean.",
    ]);
    expect(refusal(await house.api.delete(`${path}?force=True`, speaking(23)))).toEqual([
      403,
      "Policy doesn't allow volume:force_delete to be performed.",
    ]);
    expect((await house.api.delete(`${path}?cascade=True`)).status).toBe(202);
    expect(await show(id)).toMatchObject({ status: 'deleting' });
  });

  test('what is let go is gone here', async () => {
    const id = await givenVolume(house);
    const path = `/v3/operators/volumes/${id}`;
    expect((await act(id, { 'os-unmanage': {} })).status).toBe(403);
    expect((await house.api.post(`${path}/action`, { 'os-unmanage': {} }, asAdmin)).status).toBe(202);
    expect((await house.api.get(path, asAdmin)).status).toBe(404);
  });

  test('a volume is not moved', async () => {
    const id = await givenVolume(house);
    const path = `/v3/operators/volumes/${id}/action`;
    for (const body of [
      { 'os-migrate_volume': { host: 'a@b#c' } },
      { 'os-migrate_volume_completion': { new_volume: randomUUID() } },
    ]) {
      expect(refusal(await house.api.post(path, body, asAdmin))).toEqual([400, expect.stringContaining('not offered')]);
    }
  });
});

describe('revert', () => {
  const revert = (id: string, snapshotId: unknown, minor = 40) =>
    act(id, { revert: { snapshot_id: snapshotId } }, speaking(minor));

  test('goes back to the latest snapshot', async () => {
    const id = await givenVolume(house);
    await givenSnapshot(house, id);
    const latest = await givenSnapshot(house, id);
    expect((await revert(id, latest, 39)).status).toBe(404);
    const answer = await revert(id, latest);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await show(id)).toMatchObject({ status: 'reverting' });
    expect(refusal(await revert(id, latest))).toEqual([
      409,
      `Invalid volume: Can't revert volume ${id} to its latest snapshot ${latest}. Volume's status must be 'available'.`,
    ]);
  });

  test('what is not the latest, none, or of another size is refused', async () => {
    const id = await givenVolume(house);
    expect(refusal(await revert(id, randomUUID()))).toEqual([400, `Volume ${id} doesn't have any snapshots.`]);
    const first = await givenSnapshot(house, id);
    await givenSnapshot(house, id);
    for (const wrong of [first, randomUUID(), null]) {
      expect(refusal(await revert(id, wrong))).toEqual([
        400,
        `Specified snapshot ${wrong ?? 'None'} is None or not the latest one of volume ${id}.`,
      ]);
    }
  });

  test('a volume that has grown since stays as it is', async () => {
    const id = await givenVolume(house);
    const snapshotId = await givenSnapshot(house, id);
    await decideFor(house, id, { do: 'Extend', toGib: 2, inUse: false }, { do: 'RecordExtended', toGib: 2 });
    expect(refusal(await revert(id, snapshotId))).toEqual([
      400,
      `Can't revert volume ${id} to its latest snapshot ${snapshotId}. The volume size must be equal to the snapshot size.`,
    ]);
  });
});

describe('os-volume_upload_image', () => {
  const upload = (id: string, argument: object, asking: object = speaking(70)) =>
    act(id, { 'os-volume_upload_image': { image_name: 'up', ...argument } }, asking);
  const records = () => house.api.imageRecords;
  afterEach(() => {
    records().failure = undefined;
  });

  test("makes the image's record with the volume's properties, and has the host send the bytes", async () => {
    const id = await givenVolume(house);
    await act(id, { 'os-set_image_metadata': { metadata: { hw_disk_bus: 'scsi', image_id: imageId } } });
    const answer = await upload(id, {
      disk_format: 'raw',
      container_format: 'bare',
      visibility: 'private',
      protected: false,
    });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        'os-volume_upload_image': {
          ...{ id, status: 'uploading', display_description: null, size: 1, image_name: 'up' },
          ...{ container_format: 'bare', disk_format: 'raw', protected: false, visibility: 'private' },
          image_id: expect.any(String),
        },
      },
    });
    expect(Object.keys((answer.body as Record<string, object>)['os-volume_upload_image']!)).toEqual([
      ...['id', 'updated_at', 'status', 'display_description', 'size', 'volume_type', 'image_id'],
      ...['container_format', 'disk_format', 'image_name', 'protected', 'visibility'],
    ]);
    expect(records().made.at(-1)).toMatchObject({ name: 'up', properties: { hw_disk_bus: 'scsi' } });
    expect(records().made.at(-1)?.properties).not.toHaveProperty('image_id');
    expect(await show(id)).toMatchObject({ status: 'uploading' });
  });

  test('before 3.1 visibility is unknown, and the image service says it', async () => {
    const id = await givenVolume(house);
    expect((await upload(id, { visibility: 'private' }, speaking(0))).status).toBe(400);
    expect((await upload(id, {}, speaking(0))).body).toMatchObject({
      'os-volume_upload_image': { visibility: 'shared', protected: false },
    });
  });

  test('a volume that may not be uploaded leaves no record behind', async () => {
    const id = await inUse();
    const before = records().made.length;
    expect(refusal(await upload(id, {}))).toEqual([400, `Invalid volume: Volume ${id} status must be available`]);
    expect(records().made).toHaveLength(before);
    expect((await upload(id, { force: true })).status).toBe(202);
  });

  test('of two uploads at once one wins, and the other one takes its record back', async () => {
    const id = await givenVolume(house);
    const kept = () => records().made.length - records().removed.length;
    const before = kept();
    const answers = await Promise.all([upload(id, {}), upload(id, {}), upload(id, {})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 400, 400]);
    expect(kept() - before).toBe(1);
    expect(await show(id)).toMatchObject({ status: 'uploading' });
  });

  test('what the image service says no to is told; that it is away is 503', async () => {
    const id = await givenVolume(house);
    records().failure = new ImageUploadError('forbidden', 'You are not authorized to do that.');
    expect(refusal(await upload(id, {}))).toEqual([400, 'You are not authorized to do that.']);
    records().failure = new ImageUploadError('away', 'no answer from 10.0.0.1');
    const answer = await upload(id, {});
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('10.0.0.1');
    expect(await show(id)).toMatchObject({ status: 'available' });
  });

  test('public images are for administrators', async () => {
    const id = await givenVolume(house);
    expect(refusal(await upload(id, { visibility: 'public' }))).toEqual([
      403,
      "Policy doesn't allow volume_extension:volume_actions:upload_public to be performed.",
    ]);
  });

  test.each([{ disk_format: 'iso' }, { container_format: 'compressed' }, { image_name: '' }, { visibility: 'x' }])(
    '%j is refused',
    async (argument) => {
      expect((await upload(await givenVolume(house), argument)).status).toBe(400);
    },
  );
});

describe('os-reimage', () => {
  const reimage = (id: string, argument: object, minor = 68) => act(id, { 'os-reimage': argument }, speaking(minor));

  test('puts an image over what is there, from 3.68 on', async () => {
    const id = await givenVolume(house);
    expect((await reimage(id, { image_id: imageId }, 67)).status).toBe(404);
    expect((await reimage(id, { image_id: imageId })).status).toBe(202);
    expect(await show(id)).toMatchObject({ status: 'downloading' });
  });

  test('an image that is not there is not found; a volume in use is refused', async () => {
    const missing = randomUUID();
    expect(refusal(await reimage(await givenVolume(house), { image_id: missing }))).toEqual([
      404,
      `Image ${missing} could not be found.`,
    ]);
    const id = await inUse();
    expect(refusal(await reimage(id, { image_id: imageId }))).toEqual([
      400,
      `Invalid volume: Volume ${id} status must be available or error, but current status is in-use.`,
    ]);
  });
});

test("nobody acts on another project's volume, whatever they ask", async () => {
  const id = await givenVolume(house);
  for (const body of [{ 'os-extend': { new_size: 2 } }, { 'os-reset_status': { status: 'error' } }]) {
    const answer = await house.api.post(`/v3/other/volumes/${id}/action`, body, { token: tokens.other });
    expect(refusal(answer)).toEqual([404, `Volume ${id} could not be found.`]);
  }
});
