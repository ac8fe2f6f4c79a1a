import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import { exampleTransferId, made, snapshotCreated, snapshotRequested, transferCreated } from './volume.examples';

const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const snapshotted = [snapshotRequested(), snapshotCreated()];
const encrypted = given(volumeDecider, made({ encryptionKeyId: 'key-1' }));

describe('transferring', () => {
  const offered = volume(...snapshotted, transferCreated());
  const accept = (patch: object = {}): VolumeCommand => ({
    do: 'AcceptTransfer',
    transferId: exampleTransferId,
    keyHash: 'hash',
    projectId: 'other' as never,
    userId: 'bob' as never,
    ...patch,
  });
  test('needs the offer and its key', () => {
    offered.when(accept({ keyHash: 'guessed' })).thenRefused('transfer.wrong_key');
    offered.when(accept({ transferId: 'another' })).thenRefused('transfer.not_found');
    offered.when({ do: 'DeleteTransfer', transferId: 'another' }).thenRefused('transfer.not_found');
  });
  test.each([
    [false, 'other'],
    [true, 'demo'],
  ])('with noSnapshots %p leaves snapshots to %s', (noSnapshots, projectId) => {
    const accepted = { transferId: exampleTransferId, projectId: 'other' as never, userId: 'bob' as never };
    const { state } = volume(...snapshotted, transferCreated(noSnapshots), {
      type: 'VolumeTransferAccepted',
      data: accepted,
    });
    expect(state).toMatchObject({
      label: 'available',
      transfer: undefined,
      details: { projectId: 'other', userId: 'bob' },
    });
    expect('snapshots' in state && [...state.snapshots.values()]).toMatchObject([{ projectId }]);
  });
  test('needs snapshots at rest, unless they stay', () => {
    const transfer = { id: exampleTransferId, name: null, salt: '', keyHash: '', noSnapshots: false };
    const busy = volume(snapshotRequested());
    busy.when({ do: 'CreateTransfer', transfer }).thenRefused('snapshot.wrong_status');
    busy
      .when({ do: 'CreateTransfer', transfer: { ...transfer, noSnapshots: true } })
      .thenTypes('VolumeTransferCreated');
  });
  test('of an encrypted volume has to be allowed', () => {
    const transfer = { id: exampleTransferId, name: null, salt: '', keyHash: '', noSnapshots: false };
    encrypted.when({ do: 'CreateTransfer', transfer }).thenRefused('volume.encrypted');
    encrypted.when({ do: 'CreateTransfer', transfer, allowEncrypted: true }).thenTypes('VolumeTransferCreated');
  });
});
