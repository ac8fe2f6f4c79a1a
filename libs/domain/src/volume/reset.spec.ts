import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import { volumeDecider } from './volume.decide';
import {
  createFailed,
  deletionRequested,
  examplePool,
  exampleRequest,
  failed,
  made,
  placed,
  requested,
  statusReset,
  transferCreated,
} from './volume.examples';
import { nextStep } from './volume.next-step';

const { userId } = exampleRequest;
const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);

describe('an administrator’s word', () => {
  test('calls back a volume that was being deleted, or could not be made', () => {
    expect(volume(deletionRequested(), statusReset('available')).state).toMatchObject({
      status: 'provisioned',
      label: 'available',
      pool: examplePool,
    });
    const state = given(volumeDecider, [requested(), placed(), createFailed(), statusReset('available')]).state;
    expect(state).toMatchObject({ status: 'provisioned', label: 'available' });
    volume(deletionRequested(), statusReset('error')).when({ do: 'RecordDeleted' }).thenRefused('volume.work_ended');
  });
  test('gives up a create, whose host is heard no more', () => {
    const state = given(volumeDecider, [requested(), placed(), statusReset('error')]);
    expect(nextStep(state.state)).toEqual({ do: 'nothing' });
    state
      .when({ do: 'RecordCreateFailure', pool: examplePool, failure, decision: null })
      .thenRefused('volume.not_on_pool');
  });
  test('makes nothing of a volume that is nowhere', () => {
    given(volumeDecider, [requested()])
      .when({ do: 'ResetStatus', status: 'available' })
      .thenRefused('volume.wrong_status');
  });
  test('withdraws an offer', () =>
    volume(transferCreated())
      .when({ do: 'ResetStatus', status: 'available' })
      .thenTypes('VolumeTransferDeleted', 'VolumeStatusReset'));
  test('that it migrates keeps it from deletion, retype and snapshots', () => {
    const migrating = volume({ type: 'VolumeStatusReset', data: { migrationStatus: 'migrating' } });
    migrating.when({ do: 'DeleteVolume', userId }).thenRefused('volume.busy');
    migrating
      .when({ do: 'Retype', volumeType: { ...exampleRequest.volumeType, id: 'other' } })
      .thenRefused('volume.wrong_status');
  });
});
