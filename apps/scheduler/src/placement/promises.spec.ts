import { examplePool, otherPool, placed, provisioned, requested, rescheduled, volumeOf } from '@hearth/domain/testing';
import type { VolumeEvent } from '@hearth/contracts';
import { PromiseLedger } from './promise-ledger';
import { Promises } from './promises';

const both = new Set([examplePool, otherPool]);

test('what was promised counts until the pool has reported twice after the create ended', () => {
  const promises = new Promises();
  promises.make(volumeOf(1), examplePool, 10);
  promises.make(volumeOf(2), examplePool, 5);
  promises.reported(both);
  promises.reported(both);
  expect(promises.on(examplePool)).toBe(15);
  promises.keep(volumeOf(1));
  promises.reported(both);
  expect(promises.on(examplePool)).toBe(15);
  promises.reported(new Set([otherPool]));
  expect(promises.on(examplePool)).toBe(15);
  promises.reported(both);
  expect(promises.on(examplePool)).toBe(5);
});

test('a volume is promised to one pool at a time', () => {
  const promises = new Promises();
  promises.make(volumeOf(1), examplePool, 10);
  promises.make(volumeOf(1), otherPool, 10);
  expect([promises.on(examplePool), promises.on(otherPool), promises.size]).toEqual([0, 10, 1]);
  promises.drop(volumeOf(1));
  promises.drop(volumeOf(1));
  expect([promises.on(otherPool), promises.size]).toEqual([0, 0]);
});

test('placements of other schedulers are counted from the log, and given back when the volume goes elsewhere', () => {
  const promises = new Promises();
  const ledger = new PromiseLedger(promises);
  let sequence = 0;
  const apply = (...events: VolumeEvent[]) =>
    ledger.apply({
      id: `c${(sequence += 1)}`,
      recordedAt: '2026-01-02T03:04:05.000Z',
      storedAt: '2026-01-02T03:04:05.000Z',
      stream: { category: 'volume', id: volumeOf(1) },
      sequence,
      events,
    });
  apply(requested({ volumeId: volumeOf(1), sizeGib: 7 }));
  apply(placed(examplePool));
  expect(promises.on(examplePool)).toBe(7);
  apply(rescheduled(examplePool));
  expect(promises.on(examplePool)).toBe(0);
  apply(placed(otherPool, 2));
  apply(provisioned(otherPool));
  expect(promises.on(otherPool)).toBe(7);
  promises.reported(both);
  promises.reported(both);
  expect(promises.on(otherPool)).toBe(0);
});

test('a promise that came to nothing is taken back, and what stood before it, or came after it, stays', () => {
  const promises = new Promises();
  promises.make(volumeOf(1), examplePool, 10);
  const takeBack = promises.make(volumeOf(1), otherPool, 10);
  takeBack();
  expect([promises.on(examplePool), promises.on(otherPool)]).toEqual([10, 0]);
  const late = promises.make(volumeOf(2), examplePool, 5);
  promises.make(volumeOf(2), otherPool, 5);
  late();
  expect([promises.on(examplePool), promises.on(otherPool)]).toEqual([10, 5]);
});
