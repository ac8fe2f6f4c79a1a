import { given } from '@hearth/testing';
import { type VolumeEvent, failureCodes } from '@hearth/contracts';
import { reschedules } from './failure-rules';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  createFailed,
  deleted,
  deletionFailed,
  deletionRequested,
  exampleDecision,
  examplePool,
  exampleRequest,
  failed,
  otherPool,
  placed,
  provisioned,
  requested,
  rescheduled,
} from './volume.examples';
import { nextStep } from './volume.next-step';

const request: VolumeCommand = { do: 'RequestVolume', request: exampleRequest };
const remove: VolumeCommand = { do: 'DeleteVolume', userId: exampleRequest.userId };
const placement = (pool = examplePool): VolumeCommand => ({
  do: 'RecordPlacement',
  pool,
  availabilityZone: 'nova',
  rejected: [],
});
const provision = (pool = examplePool): VolumeCommand => ({
  do: 'RecordProvisioned',
  pool,
  bootable: true,
  imageMetadata: {},
  decision: exampleDecision,
});
const failure = (code = failed().code, pool = examplePool): VolumeCommand => ({
  do: 'RecordCreateFailure',
  pool,
  failure: failed(code),
  decision: null,
});
const volume = (...events: VolumeEvent[]) => given(volumeDecider, events);

describe('requesting', () => {
  test('a new volume is requested', () => volume().when(request).thenTypes('VolumeRequested'));
  test('the same request again is a retry', () => volume(requested()).when(request).thenNothing());
  test('another request under the same id is refused', () =>
    volume(requested({ requestDigest: 'other' }))
      .when(request)
      .thenRefused('volume.exists'));
  test("another project's request under the same id is refused", () =>
    volume(requested({ projectId: 'other' as never }))
      .when(request)
      .thenRefused('volume.exists'));
});

describe('placing', () => {
  test('the first placement is attempt 1', () => {
    const placementCommand = placement();
    volume(requested()).when(placementCommand).then(placed());
  });
  test('a second placement of a placed volume on the same pool changes nothing', () =>
    volume(requested(), placed()).when(placement()).thenNothing());
  test('a placed volume is not placed elsewhere', () =>
    volume(requested(), placed()).when(placement(otherPool)).thenRefused('volume.not_placeable'));
  test('after a pool gave it back, the next placement is attempt 2', () =>
    volume(requested(), placed(), rescheduled()).when(placement(otherPool)).then(placed(otherPool, 2)));
});

describe('failing', () => {
  test.each(failureCodes.filter(reschedules))('J.5: %s is tried on another pool', (code) =>
    volume(requested(), placed()).when(failure(code)).thenTypes('VolumeRescheduled'),
  );
  test.each(failureCodes.filter((code) => !reschedules(code)))('J.5: %s ends the create', (code) =>
    volume(requested(), placed()).when(failure(code)).thenTypes('VolumeCreateFailed'),
  );
  test('the third failure ends the create whatever it is', () =>
    volume(
      requested(),
      placed(),
      rescheduled(),
      placed(otherPool, 2),
      rescheduled(otherPool),
      placed('c@d#e' as never, 3),
    )
      .when(failure('backend.failed', 'c@d#e' as never))
      .thenTypes('VolumeCreateFailed'));
  test('a pool that no longer holds the volume cannot fail it', () =>
    volume(requested(), placed(), rescheduled(), placed(otherPool, 2))
      .when(failure('backend.failed', 'x@y#z' as never))
      .thenRefused('volume.not_on_pool'));
});

describe('finding no pool', () => {
  const nowhere: VolumeCommand = {
    do: 'RecordPlacementFailure',
    failure: failed('placement.no_valid_backend'),
    rejected: [],
  };
  test('at once is no valid backend', () =>
    volume(requested())
      .when(nowhere)
      .then(
        expect.objectContaining({ data: expect.objectContaining({ failure: failed('placement.no_valid_backend') }) }),
      ));
  test('after a pool gave the volume back tells why that was', () =>
    volume(requested(), placed(), rescheduled())
      .when(nowhere)
      .then(
        expect.objectContaining({
          data: expect.objectContaining({
            failure: expect.objectContaining({
              code: 'backend.failed',
              reason: 'it failed No other backend could take the volume.',
            }),
          }),
        }),
      ));
});

describe('provisioning', () => {
  test('a placed volume becomes available', () =>
    volume(requested(), placed()).when(provision()).thenTypes('VolumeProvisioned'));
  test('a pool that gave the volume back cannot provision it any more', () =>
    volume(requested(), placed(), rescheduled()).when(provision()).thenRefused('volume.not_on_pool'));
});

describe('deleting', () => {
  test('an available volume is deleted from its pool', () =>
    volume(requested(), placed(), provisioned()).when(remove).then(deletionRequested()));
  test.each([
    ['waits for a pool', [requested()]],
    ['is being made', [requested(), placed()]],
  ])('a volume that %s refuses deletion', (_, events) =>
    volume(...events)
      .when(remove)
      .thenRefused('volume.busy'),
  );
  test('a volume that never reached a pool is gone at once', () =>
    volume(requested(), {
      type: 'VolumePlacementFailed',
      data: { failure: failed('placement.no_valid_backend'), rejected: [] },
    })
      .when(remove)
      .thenTypes('VolumeDeletionRequested', 'VolumeDeleted'));
  test('a volume in error that reached a pool is removed there', () =>
    volume(requested(), placed(), createFailed()).when(remove).then(deletionRequested()));
  test('a deletion that failed may be asked for again', () =>
    volume(requested(), placed(), provisioned(), deletionRequested(), deletionFailed())
      .when(remove)
      .then(deletionRequested()));
  test('asking twice is a retry', () =>
    volume(requested(), placed(), provisioned(), deletionRequested()).when(remove).thenNothing());
  test('a volume nobody requested is not found', () => volume().when(remove).thenRefused('volume.not_found'));
});

describe('what is owed', () => {
  const owed = (...events: VolumeEvent[]) => nextStep(volume(...events).state).do;
  test('follows the status', () => {
    expect(owed()).toBe('nothing');
    expect(owed(requested())).toBe('place');
    expect(owed(requested({ image: null }), placed())).toBe('create-blank');
    expect(owed(requested(), placed())).toBe('create-from-image');
    expect(owed(requested(), placed(), rescheduled())).toBe('place');
    expect(owed(requested(), placed(), provisioned())).toBe('nothing');
    expect(owed(requested(), placed(), provisioned(), deletionRequested())).toBe('delete-from-pool');
    expect(owed(requested(), placed(), provisioned(), deletionRequested(), deleted())).toBe('nothing');
  });
});
