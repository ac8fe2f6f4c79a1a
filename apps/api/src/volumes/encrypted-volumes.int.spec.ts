import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool } from '@hearth/domain/testing';
import { readState } from '@hearth/event-sourcing';
import { ImageUploadError } from '@hearth/openstack-clients';
import { MemoryKeyStore } from '@hearth/openstack-clients/testing';
import { createTypeEncryption, createVolumeType, setQuotaLimits } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { imageIdentity } from '../testing/fakes';
import { decideFor, givenVolume } from '../testing/given-volume';
import { type Answer, messageOf, tokens } from '../testing/test-api';
import { imageId } from '../testing/volume-rows';
import { volumeKeysIn } from './key-store.volume-keys';

let house: DatabaseApi;
let keys: MemoryKeyStore;
const warnings: unknown[] = [];
const at = '2026-11-21T00:00:00.000Z';

beforeAll(async () => {
  house = await startDatabaseApi({
    services: {
      keys: {
        create: (...args) => manager().create(...args),
        copy: (...args) => manager().copy(...args),
        copyOfImage: (...args) => manager().copyOfImage(...args),
        createForImage: (...args) => manager().createForImage(...args),
        removeOfImage: (...args) => manager().removeOfImage(...args),
        remove: (...args) => manager().remove(...args),
        allow: (...args) => manager().allow(...args),
      },
    },
  });
  await setQuotaLimits(house.database, 'demo', { volumes: -1, gigabytes: -1, snapshots: -1 });
  await setQuotaLimits(house.database, 'other', { volumes: -1, gigabytes: -1, snapshots: -1 });
}, 60_000);
afterAll(() => house.stop());
const manager = () => volumeKeysIn(keys, { warn: (...args: unknown[]) => void warnings.push(args) });
beforeEach(() => {
  keys = new MemoryKeyStore();
  warnings.length = 0;
  house.api.images.image = { status: 'active', identity: imageIdentity() };
  house.api.imageRecords.failure = undefined;
});

async function encryptedType({ extraSpecs = {}, ...patch }: Record<string, unknown> = {}) {
  const id = randomUUID();
  const name = `secret-${id.slice(0, 8)}`;
  await createVolumeType(house.database, {
    ...{ id, name, description: null, isPublic: true, extraSpecs: extraSpecs as Record<string, string>, at },
  });
  const spec = { provider: 'luks', cipher: 'aes-xts-plain64', keySize: 256, controlLocation: 'front-end' } as const;
  await createTypeEncryption(house.database, id, { encryptionId: randomUUID(), ...spec, ...patch, at });
  return { id, name };
}
const newest = { 'openstack-api-version': 'volume 3.70' };
const create = (volume: object, token?: string) =>
  house.api.post('/v3/demo/volumes', { volume }, { headers: newest, ...(token && { token }) });
const act = (id: string, action: object) =>
  house.api.post(`/v3/demo/volumes/${id}/action`, action, { headers: newest });
const volumeOf = ({ body }: Answer) => (body as { volume: Record<string, unknown> }).volume;
const refusal = (answer: Answer) => [answer.status, messageOf(answer)];
const hostDoes = (id: string, ...commands: VolumeCommand[]) => decideFor(house, id, ...commands);
const provisioned: VolumeCommand[] = [
  { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] },
  { do: 'RecordProvisioned', pool: examplePool, bootable: false, imageMetadata: {}, decision: null },
];

/** An available encrypted volume, and the id of its key. */
async function given(): Promise<{ id: string; keyId: string; type: string }> {
  const { name } = await encryptedType();
  const made = volumeOf(await create({ size: 1, volume_type: name }));
  const id = String(made['id']);
  await hostDoes(id, ...provisioned);
  return { id, keyId: String(made['encryption_key_id']), type: name };
}
const stateOf = async (id: string): Promise<Volume> =>
  (await readState(house.store, volumeDecider, { category: 'volume', id })).state;

describe('a volume of an encrypted type', () => {
  test('has a key of its own, of the size that the type wants, and no byte of it is stored or logged', async () => {
    const { name } = await encryptedType({ keySize: 128 });
    const answer = await create({ size: 1, volume_type: name });
    const { encryption_key_id: keyId, encrypted, id } = volumeOf(answer);
    const key = keys.kept.get(String(keyId))!;
    expect([encrypted, key.algorithm, key.bytes.length, key.owner]).toEqual([true, 'aes', 16, undefined]);
    const commits: unknown[] = [];
    for await (const commit of house.store.read({ category: 'volume', id: String(id) })) commits.push(commit);
    const said = JSON.stringify([commits, house.api.lines, answer.text]);
    expect(said).toContain(String(keyId));
    for (const encoding of ['hex', 'base64'] as const) expect(said).not.toContain(key.bytes.toString(encoding));
  });

  test('tells how it is encrypted, and lets who may write in to its key', async () => {
    const { id, keyId } = await given();
    const { body } = await house.api.get(`/v3/demo/volumes/${id}/encryption`);
    expect(body).toEqual({
      ...{ encryption_key_id: keyId, control_location: 'front-end', cipher: 'aes-xts-plain64' },
      ...{ key_size: 256, provider: 'luks' },
    });
    const item = await house.api.get(`/v3/demo/volumes/${id}/encryption/cipher`);
    expect([item.status, item.text]).toEqual([200, 'aes-xts-plain64']);
    expect((await house.api.get(`/v3/demo/volumes/${id}/encryption/nope`)).status).toBe(404);
    await house.api.get(`/v3/demo/volumes/${id}/encryption`, { token: tokens.reader });
    await house.api.get(`/v3/other/volumes/${id}/encryption`, { token: tokens.other });
    expect(keys.kept.get(keyId)!.readers).toEqual(['ann']);
  });

  test('tells it while the key manager is away: who was not let in hears that from there', async () => {
    const { id } = await given();
    keys.fail('away');
    expect((await house.api.get(`/v3/demo/volumes/${id}/encryption`)).status).toBe(200);
    expect(warnings).toHaveLength(1);
  });

  test('is copied with a copy of its key, which stays when the other goes', async () => {
    const { id, keyId } = await given();
    const made = volumeOf(await create({ source_volid: id }));
    const copy = String(made['encryption_key_id']);
    expect(copy).not.toBe(keyId);
    expect(keys.kept.get(copy)!.bytes).toEqual(keys.kept.get(keyId)!.bytes);
  });

  test('that never was on a host takes its key with it', async () => {
    const { name } = await encryptedType();
    for (const remove of [
      (id: string) => house.api.delete(`/v3/demo/volumes/${id}?force=True`, { token: tokens.admin, headers: newest }),
      (id: string) =>
        house.api.post(`/v3/operators/volumes/${id}/action`, { 'os-force_delete': {} }, { token: tokens.admin }),
    ]) {
      const id = String(volumeOf(await create({ size: 1, volume_type: name }))['id']);
      expect(keys.kept.size).toBe(1);
      expect((await remove(id)).status).toBe(202);
      expect([(await stateOf(id)).status, keys.kept.size]).toEqual(['deleted', 0]);
    }
  });

  test('that is on a host leaves its key to that: the bytes are still there', async () => {
    const { id } = await given();
    expect((await house.api.delete(`/v3/demo/volumes/${id}`)).status).toBe(202);
    expect([(await stateOf(id)).status, keys.kept.size]).toEqual(['deleting', 1]);
  });

  test('that goes to another project is readable there and no longer here', async () => {
    const { id, keyId } = await given();
    await house.api.get(`/v3/demo/volumes/${id}/encryption`);
    const offered = await house.api.post(
      '/v3/demo/volume-transfers',
      { transfer: { volume_id: id, name: 'gift' } },
      { headers: newest },
    );
    const { id: transferId, auth_key: authKey } = (offered.body as { transfer: { id: string; auth_key: string } })
      .transfer;
    const accepted = await house.api.post(
      `/v3/other/volume-transfers/${transferId}/accept`,
      { accept: { auth_key: authKey } },
      { token: tokens.other, headers: newest },
    );
    expect([offered.status, accepted.status]).toEqual([202, 202]);
    expect(keys.kept.get(keyId)!.readers).toEqual(['olga']);
  });
});

describe('a create that is refused', () => {
  test('for another reason leaves no key behind', async () => {
    const { name } = await encryptedType();
    await setQuotaLimits(house.database, 'demo', { [`volumes_${name}`]: 0 });
    expect((await create({ size: 1, volume_type: name })).status).toBe(413);
    expect(keys.kept.size).toBe(0);
  });

  test('since it would be a copy that is encrypted where the other is not', async () => {
    const { id, name } = await encryptedType();
    expect(refusal(await create({ source_volid: await givenVolume(house), volume_type: name }))).toEqual([
      400,
      `Invalid input received: Invalid volume_type provided: ${id} (requested type is not compatible; ` +
        'either match source volume, or omit type argument).',
    ]);
    expect(keys.kept.size).toBe(0);
  });

  test('since encrypted volumes cannot be multiattach', async () => {
    const { name } = await encryptedType({ extraSpecs: { multiattach: '<is> True' } });
    expect(refusal(await create({ size: 1, volume_type: name }))).toEqual([
      400,
      'Invalid volume: Multiattach cannot be used with encrypted volumes.',
    ]);
  });

  test('since nobody can encrypt as the type wants it', async () => {
    const { name } = await encryptedType({ cipher: 'rot13-xts-plain64' });
    expect(refusal(await create({ size: 1, volume_type: name }))).toEqual([
      400,
      expect.stringMatching(/^Invalid volume type: the cipher 'rot13-xts-plain64' cannot be used/),
    ]);
    expect(keys.kept.size).toBe(0);
  });

  test.each([
    ['away', 503, 'The key manager cannot be asked just now. Please try again.'],
    ['forbidden', 400, 'Key manager error'],
    ['nonsense', 400, 'Key manager error'],
    ['not-found', 400, expect.stringContaining('there is no key manager')],
  ] as const)(
    'by a key manager that is %s says no more than that, and the log says why',
    async (problem, status, said) => {
      const { name } = await encryptedType();
      keys.fail(problem);
      expect(refusal(await create({ size: 1, volume_type: name }))).toEqual([status, said]);
      expect(JSON.stringify(warnings)).toContain(problem);
    },
  );
});

describe('an image', () => {
  const upload = { image_name: 'sealed', force: false };

  test('of an encrypted volume has a key of its own, which belongs to its user', async () => {
    const { id, keyId } = await given();
    const { status } = await act(id, { 'os-volume_upload_image': { ...upload, disk_format: 'raw' } });
    expect(status).toBe(202);
    const { properties } = house.api.imageRecords.made.at(-1)!;
    const copy = keys.kept.get(properties['cinder_encryption_key_id']!)!;
    expect(properties['cinder_encryption_key_deletion_policy']).toBe('on_image_deletion');
    expect([copy.owner, copy.bytes]).toEqual([tokens.member, keys.kept.get(keyId)!.bytes]);
  });

  test('of an encrypted volume is raw, and leaves no key behind when it is not made', async () => {
    const { id } = await given();
    expect(refusal(await act(id, { 'os-volume_upload_image': { ...upload, disk_format: 'qcow2' } }))).toEqual([
      400,
      "Invalid volume: An encrypted volume can only be uploaded with disk_format 'raw' and container_format 'bare'.",
    ]);
    house.api.imageRecords.failure = new ImageUploadError('refused', 'no');
    expect((await act(id, { 'os-volume_upload_image': { ...upload, disk_format: 'raw' } })).status).toBe(400);
    expect(keys.kept.size).toBe(1);
  });

  const named = (keyId: string) => {
    const identity = imageIdentity({ properties: { cinder_encryption_key_id: keyId } });
    house.api.images.image = { status: 'active', identity };
  };

  test('that is encrypted hands a copy of its key on, if it is the caller’s to read', async () => {
    const { name } = await encryptedType();
    const keyId = await keys.store(
      { name: 'of an image', algorithm: 'aes', bytes: Buffer.alloc(32, 7) },
      { token: tokens.member },
    );
    named(keyId);
    const { encryption_key_id: copy } = volumeOf(await create({ size: 1, imageRef: imageId, volume_type: name }));
    expect(keys.kept.get(String(copy))).toMatchObject({ owner: undefined, bytes: Buffer.alloc(32, 7) });
  });

  test('that names the key of somebody’s volume gets nobody that key', async () => {
    const { keyId, type } = await given();
    named(keyId);
    const before = keys.kept.size;
    expect(refusal(await create({ size: 1, imageRef: imageId, volume_type: type }))).toEqual([
      400,
      'Key manager error',
    ]);
    expect(keys.kept.size).toBe(before);
  });
});
