import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { MarkerNotFoundError } from '../queries/list-rows';
import { releaseReservation, reserveQuota } from '../queries/quota.query';
import {
  defaultVolumeTypeName,
  findDefaultVolumeType,
  findQosSpecsOfType,
  findVolumeType,
  listVolumeTypes,
  type VolumeTypeListOptions,
} from '../queries/volume-types.query';
import { SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import type { ConfigurationErrorCode } from './configuration.error';
import {
  associateQosSpecs,
  createQosSpecs,
  deleteQosSpecs,
  disassociateQosSpecs,
  findQosSpecs,
  listQosAssociations,
  listQosSpecs,
  setQosSpecs,
  unsetQosSpecs,
} from './qos-specs';
import {
  addTypeAccess,
  findDefaultType,
  listDefaultTypes,
  listTypeAccess,
  removeTypeAccess,
  setDefaultType,
  unsetDefaultType,
} from './type-access';
import {
  createTypeEncryption,
  deleteTypeEncryption,
  updateTypeEncryption,
  type NewTypeEncryption,
} from './type-encryption';
import { createVolumeType, deleteVolumeType, setExtraSpecs, unsetExtraSpec, updateVolumeType } from './volume-types';

let server: ThrowAwayPostgres;
let database: Database;
let made = 0;

beforeAll(async () => {
  server = await throwAwayPostgres();
  const url = await server.createDatabase('configuration');
  await migrate({ url });
  database = new Database({ url });
  const volumeType = sample.volumeType(2);
  await createVolumeType(database, { ...volumeType, name: 'used', description: null, isPublic: true });
  await projectLog(url, new SampleLog().add('volume', sample.volumeId(1), sample.requested(1, { volumeType })));
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

const used = sample.volumeType(2).id;
const newType = async (isPublic = true) => {
  const id = sample.volumeType((made += 1) + 100).id;
  return createVolumeType(database, { id, name: `type ${made}`, description: 'd', isPublic, extraSpecs: { a: 'b' } });
};
const newQos = () => {
  const id = sample.snapshotId((made += 1));
  return createQosSpecs(database, { id, name: `qos ${made}`, consumer: 'back-end', specs: { a: '1', b: '2' } });
};
const refused = (code: ConfigurationErrorCode) => expect.objectContaining({ name: 'ConfigurationError', code });

describe('a volume type', () => {
  test('the default one is there from the start, found by name and by id', async () => {
    const type = await findVolumeType(database, defaultVolumeTypeName);
    expect(type).toMatchObject({
      name: '__DEFAULT__',
      isPublic: true,
      extraSpecs: {},
      qosSpecsId: null,
      encryption: null,
    });
    expect(await findVolumeType(database, type!.id)).toEqual(type);
    expect(await findVolumeType(database, 'none')).toBeUndefined();
    expect(await findDefaultVolumeType(database, 'gone', 'p')).toBeUndefined();
  });

  test('is made, changed in what is named, and found as it is then', async () => {
    const type = await newType();
    expect(type).toMatchObject({ description: 'd', extraSpecs: { a: 'b' }, updatedAt: null });
    expect(await updateVolumeType(database, type.id, { description: null })).toMatchObject({
      ...{ name: type.name, description: null, isPublic: true, updatedAt: expect.any(String) },
    });
    const renamed = await updateVolumeType(database, type.id, { name: 'renamed', isPublic: false });
    expect(await findVolumeType(database, 'renamed')).toEqual(renamed);
  });

  test('a name that is taken is refused, to a new one and to one that is renamed', async () => {
    const { id, name } = await newType();
    const again = { id: sample.volumeType(999).id, name, description: null, isPublic: true };
    await expect(createVolumeType(database, again)).rejects.toEqual(refused('volume-type.exists'));
    await expect(updateVolumeType(database, id, { name: 'used' })).rejects.toEqual(refused('volume-type.exists'));
    expect(await findVolumeType(database, id)).toMatchObject({ name });
  });

  test('what is not there is not changed', async () => {
    const none = refused('volume-type.not-found');
    await expect(updateVolumeType(database, 'none', { name: 'x' })).rejects.toEqual(none);
    await expect(deleteVolumeType(database, 'none')).rejects.toEqual(none);
    await expect(setExtraSpecs(database, 'none', { a: 'b' })).rejects.toEqual(none);
    await expect(addTypeAccess(database, 'none', 'p')).rejects.toEqual(none);
    await expect(setDefaultType(database, { projectId: 'p', volumeTypeId: 'none' })).rejects.toEqual(none);
    await expect(createTypeEncryption(database, 'none', luks)).rejects.toEqual(none);
  });

  test('extra specs are added, changed and removed one by one', async () => {
    const { id } = await newType();
    expect(await setExtraSpecs(database, id, { a: 'c', d: 'e' })).toMatchObject({ extraSpecs: { a: 'c', d: 'e' } });
    await unsetExtraSpec(database, id, 'a');
    expect(await findVolumeType(database, id)).toMatchObject({ extraSpecs: { d: 'e' } });
    await expect(unsetExtraSpec(database, id, 'a')).rejects.toEqual(refused('extra-spec.not-found'));
  });

  test('is deleted with all that hangs on it, unless it is used or a default', async () => {
    const { id } = await newType(false);
    await addTypeAccess(database, id, 'p');
    const held = { key: 'held', projectId: 'p', volumes: 1, volumeType: { id, name: 'x' } };
    await reserveQuota(database, held);
    await expect(deleteVolumeType(database, id)).rejects.toEqual(refused('volume-type.in-use'));
    await releaseReservation(database, 'held');
    await setDefaultType(database, { projectId: 'p', volumeTypeId: id });
    await expect(deleteVolumeType(database, id)).rejects.toEqual(refused('volume-type.is-default'));
    await unsetDefaultType(database, 'p');
    await deleteVolumeType(database, id);
    expect(await findVolumeType(database, id)).toBeUndefined();
    expect(await listTypeAccess(database, id)).toEqual([]);
    await expect(deleteVolumeType(database, used)).rejects.toEqual(refused('volume-type.in-use'));
    const standard = (await findVolumeType(database, defaultVolumeTypeName))!;
    await expect(deleteVolumeType(database, standard.id)).rejects.toEqual(refused('volume-type.is-default'));
  });
});

describe('access', () => {
  test('a type that is not public is seen by the projects that were given it', async () => {
    const { id, name } = await newType(false);
    const listed = async (options: Partial<VolumeTypeListOptions>) =>
      (await listVolumeTypes(database, { projectId: 'guest', isPublic: true, limit: 1000, ...options })).rows.map(
        (row) => row.id,
      );
    expect(await findVolumeType(database, name, 'guest')).toBeUndefined();
    expect(await listed({})).not.toContain(id);
    await addTypeAccess(database, id, 'guest');
    expect(await findVolumeType(database, name, 'guest')).toMatchObject({ id });
    expect(await findVolumeType(database, name, 'other')).toBeUndefined();
    expect(await listed({})).toContain(id);
    expect(await listed({ projectId: 'other' })).not.toContain(id);
    expect(await listed({ isPublic: false, projectId: 'other' })).toContain(id);
    expect(await listed({ isPublic: false })).not.toContain(used);
    expect(await listed({ isPublic: 'all', filters: { name } })).toEqual([id]);
    await expect(listed({ marker: id, projectId: 'other' })).rejects.toThrow(MarkerNotFoundError);
    await removeTypeAccess(database, id, 'guest');
    expect(await findVolumeType(database, id, 'guest')).toBeUndefined();
  });

  test('is given once, taken once, and not for public types', async () => {
    const { id } = await newType(false);
    await addTypeAccess(database, id, 'p');
    await addTypeAccess(database, id, 'q');
    await expect(addTypeAccess(database, id, 'p')).rejects.toEqual(refused('type-access.exists'));
    expect(await listTypeAccess(database, id)).toEqual(['p', 'q']);
    await removeTypeAccess(database, id, 'p');
    await expect(removeTypeAccess(database, id, 'p')).rejects.toEqual(refused('type-access.not-found'));
    await expect(addTypeAccess(database, used, 'p')).rejects.toEqual(refused('volume-type.is-public'));
    await expect(removeTypeAccess(database, used, 'p')).rejects.toEqual(refused('volume-type.is-public'));
  });

  test('lists narrow by extra specs and parts of names', async () => {
    const { id } = await newType();
    await setExtraSpecs(database, id, { rare: 'yes' });
    const all = { projectId: 'p', isPublic: 'all', limit: 10 } as const;
    const found = await listVolumeTypes(database, {
      ...all,
      filters: { extraSpecs: { rare: 'yes' }, like: { name: 'TYPE' } },
    });
    expect(found.rows.map((row) => row.id)).toEqual([id]);
  });
});

test('a project’s own default goes before that of all', async () => {
  const { id } = await newType();
  await setDefaultType(database, { projectId: 'p', volumeTypeId: used });
  await setDefaultType(database, { projectId: 'p', volumeTypeId: id });
  expect(await findDefaultVolumeType(database, defaultVolumeTypeName, 'p')).toMatchObject({ id });
  expect(await findDefaultVolumeType(database, defaultVolumeTypeName, 'q')).toMatchObject({ name: '__DEFAULT__' });
  expect(await findDefaultType(database, 'p')).toEqual({ projectId: 'p', volumeTypeId: id });
  expect(await listDefaultTypes(database)).toEqual([{ projectId: 'p', volumeTypeId: id }]);
  await unsetDefaultType(database, 'p');
  expect(await findDefaultType(database, 'p')).toBeUndefined();
  await expect(unsetDefaultType(database, 'p')).rejects.toEqual(refused('default-type.not-found'));
});

const luks: NewTypeEncryption = {
  ...{ encryptionId: sample.imageId(1), provider: 'luks', cipher: 'aes-xts-plain64', keySize: 256 },
  controlLocation: 'front-end',
  at: '2026-01-02T03:04:05.000Z',
};

test('a type’s encryption is made once, changed in what is named, and not while the type is used', async () => {
  const { id } = await newType();
  const { at, ...spec } = luks;
  const created = { ...spec, createdAt: at, updatedAt: null };
  expect(await createTypeEncryption(database, id, luks)).toEqual(created);
  await expect(createTypeEncryption(database, id, luks)).rejects.toEqual(refused('type-encryption.exists'));
  const updatedAt = '2026-01-03T03:04:05.000Z';
  await updateTypeEncryption(database, id, { keySize: 512, at: updatedAt });
  expect(await findVolumeType(database, id)).toMatchObject({ encryption: { ...created, keySize: 512, updatedAt } });
  await deleteTypeEncryption(database, id);
  expect(await findVolumeType(database, id)).toMatchObject({ encryption: null });
  await expect(deleteTypeEncryption(database, id)).rejects.toEqual(refused('type-encryption.not-found'));
  await expect(updateTypeEncryption(database, id, { at })).rejects.toEqual(refused('type-encryption.not-found'));
  await expect(createTypeEncryption(database, used, luks)).rejects.toEqual(refused('volume-type.in-use'));
});

describe('QoS specs', () => {
  test('are made under a name of their own, listed, changed and found', async () => {
    const qos = await newQos();
    const again = { id: 'other', name: qos.name, consumer: 'both', specs: {} } as const;
    await expect(createQosSpecs(database, again)).rejects.toEqual(refused('qos-specs.exists'));
    const changed = await setQosSpecs(database, qos.id, { specs: { b: '3', c: '4' }, consumer: 'front-end' });
    expect(changed).toMatchObject({ consumer: 'front-end', specs: { a: '1', b: '3', c: '4' } });
    expect(await findQosSpecs(database, qos.id)).toEqual(changed);
    expect((await listQosSpecs(database, { limit: 1 })).rows).toEqual([changed]);
    await expect(listQosSpecs(database, { limit: 1, marker: 'none' })).rejects.toThrow(MarkerNotFoundError);
    await expect(setQosSpecs(database, 'none', { specs: {} })).rejects.toEqual(refused('qos-specs.not-found'));
  });

  test('lose all keys that are named, or none', async () => {
    const { id } = await newQos();
    await expect(unsetQosSpecs(database, id, ['a', 'no'])).rejects.toEqual(refused('qos-specs.key-not-found'));
    expect(await findQosSpecs(database, id)).toMatchObject({ specs: { a: '1', b: '2' } });
    await unsetQosSpecs(database, id, ['a', 'b']);
    expect(await findQosSpecs(database, id)).toMatchObject({ specs: {} });
  });

  test('belong to types, each of which has one', async () => {
    const [one, other] = [await newQos(), await newQos()];
    const [type, second] = [await newType(), await newType()];
    await associateQosSpecs(database, one.id, type.id);
    await associateQosSpecs(database, one.id, type.id);
    await associateQosSpecs(database, one.id, second.id);
    const taken = associateQosSpecs(database, other.id, type.id);
    await expect(taken).rejects.toMatchObject({ code: 'qos-specs.type-has-others', subject: one.id });
    expect(await listQosAssociations(database, one.id)).toEqual([
      { id: type.id, name: type.name },
      { id: second.id, name: second.name },
    ]);
    expect(await findQosSpecsOfType(database, type.id)).toEqual(one);
    await disassociateQosSpecs(database, one.id, type.id);
    expect(await findQosSpecsOfType(database, type.id)).toBeUndefined();
    await disassociateQosSpecs(database, one.id, 'all');
    expect(await listQosAssociations(database, one.id)).toEqual([]);
    await expect(listQosAssociations(database, 'none')).rejects.toEqual(refused('qos-specs.not-found'));
    await expect(associateQosSpecs(database, one.id, 'none')).rejects.toEqual(refused('volume-type.not-found'));
  });

  test('are deleted while types have them only by force', async () => {
    const { id } = await newQos();
    const type = await newType();
    await associateQosSpecs(database, id, type.id);
    await expect(deleteQosSpecs(database, id, { force: false })).rejects.toEqual(refused('qos-specs.in-use'));
    await deleteQosSpecs(database, id, { force: true });
    expect(await findQosSpecs(database, id)).toBeUndefined();
    expect(await findVolumeType(database, type.id)).toMatchObject({ qosSpecsId: null });
    await expect(deleteQosSpecs(database, id, { force: true })).rejects.toEqual(refused('qos-specs.not-found'));
  });
});

test('a hundred changes at once leave a type with all of them, and the connections usable', async () => {
  const { id } = await newType();
  const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
  const changes = keys.map((key) => setExtraSpecs(database, id, { [key]: 'x' }));
  const refusals = keys.map((key) => unsetExtraSpec(database, id, `no ${key}`).catch((error: unknown) => error));
  await Promise.all([...changes, ...refusals]);
  expect(Object.keys((await findVolumeType(database, id))!.extraSpecs)).toEqual(expect.arrayContaining(keys));
});
