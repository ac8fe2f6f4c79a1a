import { encodeEvent, volumeContract, type VolumeEvent } from '@hearth/contracts';
import { fold, isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import { anyVolumeCommand } from '../testing/any-volume-command';
import { anyLife, anyLifeWithoutResets, endOf, type Life, momentsOf, reportOf } from '../testing/any-volume-life';
import { volumeDecider } from './volume.decide';
import { attachmentLabel, isAttachmentLabel, labelOf } from './volume.label';
import { nextStep, owedSteps } from './volume.next-step';
import { decodeVolume, encodeVolume } from './volume.saved';
import { placementAttemptsMax, type ProvisionedVolume } from './volume.state';

const runs = { numRuns: 250 };
const stayingIn = (volume: ProvisionedVolume) => [...volume.attachments.values()].filter(({ leaving }) => !leaving);

test('no surprise: any event is accepted in any state', () => {
  fc.assert(
    fc.property(anyLife, fc.gen(), (lived, gen) => {
      const events = momentsOf(lived).flatMap((moment) => moment.events);
      const some = gen(() => fc.shuffledSubarray(events));
      expect(nextStep(fold(volumeDecider, [...lived.start, ...some])).do).toEqual(expect.any(String));
    }),
    runs,
  );
});

test('retry: once its events are applied, a command yields no further events', () => {
  fc.assert(
    fc.property(anyLife, anyVolumeCommand, ({ start, deeds }, last) => {
      const again = volumeDecider.decide(last, endOf({ start, deeds: [...deeds, last] }));
      expect(isRefusal(again) ? [] : again).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('terminal: a deleted volume is owed nothing and yields no events', () => {
  const deleting: Life['deeds'] = [
    { do: 'DeleteVolume', userId: 'u' as never, force: true, cascade: true },
    { do: 'RecordDeleted' },
  ];
  fc.assert(
    fc.property(anyLife, anyVolumeCommand, ({ start, deeds }, next) => {
      const state = endOf({ start, deeds: [...deeds, ...deleting] });
      fc.pre(volumeDecider.isTerminal(state));
      const decision = volumeDecider.decide(next, state);
      expect(isRefusal(decision) ? [] : decision).toEqual([]);
      expect(owedSteps(state)).toEqual([]);
    }),
    runs,
  );
});

test('every event can be stored', () => {
  fc.assert(
    fc.property(anyLife, (lived) => {
      for (const { events } of momentsOf(lived)) for (const event of events) encodeEvent(volumeContract, event);
    }),
    runs,
  );
});

test('what is saved as JSON is the same when it comes back, and lives on in the same way', () => {
  fc.assert(
    fc.property(anyLife, anyVolumeCommand, (lived, next) => {
      const state = endOf(lived);
      const back = decodeVolume(JSON.parse(JSON.stringify(encodeVolume(state))));
      expect(back).toEqual(state);
      expect(volumeDecider.decide(next, back)).toEqual(volumeDecider.decide(next, state));
    }),
    runs,
  );
});

const labelOfWork = { extend: 'extending', revert: 'reverting', upload: 'uploading', reimage: 'downloading' };

test('a volume that the host works on says so, and one that says so is worked on', () => {
  fc.assert(
    fc.property(anyLifeWithoutResets, (lived) => {
      for (const { after } of momentsOf(lived)) {
        if (after.status !== 'provisioned') continue;
        const { work, label, transfer } = after;
        if (work) expect(label).toBe(labelOfWork[work.do]);
        else expect(Object.values(labelOfWork)).not.toContain(label);
        expect(label === 'awaiting-transfer').toBe(transfer !== undefined);
      }
    }),
    runs,
  );
});

test('the label is what the attachments say, unless it speaks of work, a failure or an offer', () => {
  fc.assert(
    fc.property(anyLifeWithoutResets, (lived) => {
      for (const { after } of momentsOf(lived)) {
        if (after.status !== 'provisioned' || !isAttachmentLabel(after.label)) continue;
        expect(after.label).toBe(attachmentLabel(after));
      }
    }),
    runs,
  );
});

test('a volume that is not for several is attached to one server at a time', () => {
  fc.assert(
    fc.property(anyLife, (lived) => {
      for (const { after } of momentsOf(lived)) {
        if (after.status !== 'provisioned' || after.details.multiattach) continue;
        const staying = stayingIn(after);
        if (staying.length < 2) continue;
        const servers = new Set(staying.map(({ instanceId }) => instanceId));
        expect({ servers: servers.size, isNamed: !servers.has(null) }).toEqual({ servers: 1, isNamed: true });
      }
    }),
    runs,
  );
});

test('a volume is deleted only when nothing is connected, and with it goes every snapshot', () => {
  fc.assert(
    fc.property(anyLife, (lived) => {
      for (const { before, after } of momentsOf(lived)) {
        if (after.status === 'deleting' && before.status === 'provisioned') {
          for (const { status } of before.attachments.values())
            expect(['reserved', 'error_attaching']).toContain(status);
          for (const snapshot of after.snapshots.values()) expect(snapshot.work).toBe('delete');
        }
        if (after.status === 'error-deleting') {
          for (const snapshot of after.snapshots.values()) expect(snapshot.work).toBeUndefined();
        }
      }
    }),
    runs,
  );
});

test('a snapshot is being restored as long as the volume is put back to it', () => {
  fc.assert(
    fc.property(anyLifeWithoutResets, (lived) => {
      for (const { after } of momentsOf(lived)) {
        if (after.status !== 'provisioned') continue;
        const restoring = [...after.snapshots.values()].filter(({ status }) => status === 'restoring');
        const wanted = after.work?.do === 'revert' ? [after.work.snapshotId] : [];
        expect(restoring.map(({ id }) => id)).toEqual(wanted);
      }
    }),
    runs,
  );
});

/** The step that a request makes owed. */
function stepOf(event: VolumeEvent): object | undefined {
  switch (event.type) {
    case 'VolumeExtensionRequested':
      return { do: 'extend', toGib: event.data.toGib };
    case 'VolumeRevertRequested':
      return { do: 'revert', snapshotId: event.data.snapshotId };
    case 'VolumeUploadRequested':
      return { do: 'upload', upload: event.data };
    case 'VolumeReimageRequested':
      return { do: 'reimage', image: event.data.image };
    case 'SnapshotRequested':
      return { do: 'create-snapshot', snapshot: expect.objectContaining({ id: event.data.snapshotId }) };
    case 'SnapshotDeletionRequested':
      return { do: 'delete-snapshot', snapshot: expect.objectContaining({ id: event.data.snapshotId }) };
    case 'VolumeAttachmentConnectRequested':
      return { do: 'connect', attachment: expect.objectContaining({ id: event.data.attachmentId }) };
    case 'VolumeAttachmentDisconnectRequested':
      return { do: 'disconnect', attachment: expect.objectContaining({ id: event.data.attachmentId }) };
    case 'VolumeDeletionRequested':
      return { do: 'delete-from-pool' };
    default:
      return undefined;
  }
}

test('what was asked of a host is owed from then on', () => {
  fc.assert(
    fc.property(anyLife, (lived) => {
      for (const { events, after } of momentsOf(lived)) {
        if (after.status !== 'provisioned') continue;
        for (const step of events.map(stepOf).filter((one) => one !== undefined)) {
          expect(owedSteps(after)).toContainEqual(expect.objectContaining(step));
        }
      }
    }),
    runs,
  );
});

test('a host comes to an end: each report of what is owed is taken, and leaves less to do', () => {
  fc.assert(
    fc.property(anyLife, fc.boolean(), (lived, succeeds) => {
      let state = endOf(lived);
      // A create that fails is tried on other pools, one placement each.
      for (let left = owedSteps(state).length + 2 * placementAttemptsMax; left > 0; left -= 1) {
        const step = nextStep(state);
        if (step.do === 'nothing') break;
        const decision = volumeDecider.decide(reportOf(step, succeeds), state);
        if (isRefusal(decision)) throw new Error(`${step.do} was refused: ${decision.refused}`);
        state = fold(volumeDecider, decision, state);
      }
      expect(owedSteps(state)).toEqual([]);
      expect([...Object.values(labelOfWork), 'creating', 'deleting']).not.toContain(labelOf(state));
    }),
    runs,
  );
});

test('the lives that these laws are tried on have every event in them', () => {
  const seen = fc
    .sample(anyLife, { numRuns: 4_000, seed: 7 })
    .flatMap((lived) => momentsOf(lived).flatMap(({ events }) => events.map(({ type }) => type)));
  expect(Object.keys(volumeContract.events).filter((type) => !new Set<string>(seen).has(type))).toEqual([]);
});
