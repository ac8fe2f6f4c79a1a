import { unavailable } from '@hearth/cinder-v3';
import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { messageOf, TestApi, tokens } from '../../testing/test-api';
import { imageId, volumeRow } from '../../testing/volume-rows';

const path = '/v3/demo/volumes';
let api: TestApi;

beforeEach(async () => {
  api = await TestApi.start();
});
afterEach(() => api.stop());

const create = (volume: object, headers: Record<string, string> = {}) => api.post(path, { volume }, { headers });

describe('an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order-7' };

  test('makes a repeated request one volume, without asking for room or the image again', async () => {
    const one = await create({ size: 1, imageRef: imageId }, key);
    api.quota.exceeded = { exceeded: 'volumes', limit: 1, used: 1, requested: 1 };
    api.images.failure = unavailable('away');
    const two = await api.post(path, { volume: { imageRef: imageId, size: 1 } }, { headers: key });
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(two.body).toMatchObject({ volume: { id: (one.body as { volume: { id: string } }).volume.id } });
    expect(await api.commits()).toHaveLength(1);
  });

  test('makes many requests at once one volume', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ size: 1 }, key)));
    const ids = answers.map(({ body }) => (body as { volume: { id: string } }).volume.id);
    expect(new Set(ids).size).toBe(1);
    expect(await api.commits()).toHaveLength(1);
  });

  test('with another body is a conflict', async () => {
    await create({ size: 1 }, key);
    const answer = await create({ size: 2 }, key);
    expect([answer.status, messageOf(answer)]).toEqual([409, expect.stringContaining('another request body')]);
  });

  test('says nothing of a volume that went to another project since', async () => {
    const { body } = await create({ size: 1, name: 'mine' }, key);
    const { id } = (body as { volume: { id: string } }).volume;
    const environment = { store: api.store, newId: randomUUID, now: () => new Date().toISOString() };
    const transfer = { id: randomUUID(), name: null, salt: 'salt', keyHash: 'hash', noSnapshots: false };
    const taker = {
      transferId: transfer.id,
      keyHash: 'hash',
      projectId: 'other' as ProjectId,
      userId: 'olga' as UserId,
    };
    const commands: readonly VolumeCommand[] = [
      { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] },
      { do: 'RecordProvisioned', pool: examplePool, bootable: false, imageMetadata: {}, decision: null },
      { do: 'CreateTransfer', transfer },
      { do: 'AcceptTransfer', ...taker },
    ];
    for (const command of commands) await runCommand(environment, volumeDecider, { category: 'volume', id }, command);
    api.reads.volumes = [volumeRow({ id, projectId: 'other', name: 'secret of the other' })];
    const answer = await create({ size: 1, name: 'mine' }, key);
    expect([answer.status, messageOf(answer)]).toEqual([
      409,
      expect.stringContaining('given to another project since'),
    ]);
    expect(answer.text).not.toContain('secret of the other');
  });

  test('of one project says nothing to another', async () => {
    const mine = await create({ size: 1 }, key);
    const theirs = await api.post('/v3/other/volumes', { volume: { size: 1 } }, { headers: key, token: tokens.other });
    expect(theirs.status).toBe(202);
    expect(theirs.body).not.toMatchObject({ volume: { id: (mine.body as { volume: { id: string } }).volume.id } });
  });

  test('that holds spaces or is too long is refused', async () => {
    for (const text of ['a b', 'x'.repeat(256)]) {
      expect((await create({ size: 1 }, { 'idempotency-key': text })).status).toBe(400);
    }
  });
});
