import { isRefusal } from '@hearth/kernel';
import type { VolumeEvent } from '@hearth/contracts';
import fc from 'fast-check';
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

const pool = fc.constantFrom(examplePool, otherPool);
const failure = fc.constantFrom(failed('backend.failed'), failed('image.unacceptable'));
const command: fc.Arbitrary<VolumeCommand> = fc.oneof(
  fc.constant<VolumeCommand>({ do: 'RequestVolume', request: exampleRequest }),
  pool.map((at): VolumeCommand => ({ do: 'RecordPlacement', pool: at, availabilityZone: 'nova', rejected: [] })),
  fc.constant<VolumeCommand>({
    do: 'RecordPlacementFailure',
    failure: failed('placement.no_valid_backend'),
    rejected: [],
  }),
  pool.map((at): VolumeCommand => ({ do: 'RecordDownloadStarted', pool: at })),
  pool.map((at): VolumeCommand => ({
    do: 'RecordProvisioned',
    pool: at,
    bootable: true,
    imageMetadata: {},
    decision: exampleDecision,
  })),
  fc
    .tuple(pool, failure)
    .map(([at, why]): VolumeCommand => ({ do: 'RecordCreateFailure', pool: at, failure: why, decision: null })),
  fc.constant<VolumeCommand>({ do: 'DeleteVolume', userId: exampleRequest.userId }),
  fc.constant<VolumeCommand>({ do: 'RecordDeleted' }),
  failure.map((why): VolumeCommand => ({ do: 'RecordDeletionFailure', failure: why })),
);
const event: fc.Arbitrary<VolumeEvent> = fc.constantFrom(
  requested(),
  placed(),
  placed(otherPool, 2),
  rescheduled(),
  provisioned(),
  createFailed(),
  deletionRequested(),
  deletionFailed(),
  deleted(),
);

/** The state after commands, each decided in turn; refused ones change nothing. */
function live(commands: readonly VolumeCommand[]) {
  return commands.reduce((state, next) => {
    const decision = volumeDecider.decide(next, state);
    return isRefusal(decision) ? state : decision.reduce((at, each) => volumeDecider.evolve(at, each), state);
  }, volumeDecider.initialState);
}

test('no surprise: any event is accepted in any state', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const state = events.reduce((at, each) => volumeDecider.evolve(at, each), volumeDecider.initialState);
      expect(nextStep(state).do).toEqual(expect.any(String));
    }),
  );
});

test('retry: once its events are applied, a command yields no further events', () => {
  fc.assert(
    fc.property(fc.array(command), command, (history, last) => {
      const again = volumeDecider.decide(last, live([...history, last]));
      // A deletion that never failed before may fail once more after the user asked again: only events count.
      expect(isRefusal(again) ? [] : again).toEqual([]);
    }),
  );
});

test('terminal: a deleted volume is owed nothing and yields no events', () => {
  fc.assert(
    fc.property(fc.array(command), command, (history, next) => {
      const state = live(history);
      fc.pre(volumeDecider.isTerminal(state));
      const decision = volumeDecider.decide(next, state);
      expect(isRefusal(decision) ? [] : decision).toEqual([]);
      expect(nextStep(state)).toEqual({ do: 'nothing' });
    }),
  );
});

test('the size a client sees is the size asked for, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(command), (history) => {
      const state = live(history);
      expect(state.status === 'absent' ? exampleRequest.sizeGib : state.request.sizeGib).toBe(exampleRequest.sizeGib);
    }),
  );
});
