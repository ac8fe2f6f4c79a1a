import { given } from '@hearth/testing';
import { volumeDecider } from './volume.decide';
import { createFailed, examplePool, failed, placed, requested } from './volume.examples';
import { labelOf } from './volume.label';
import { nextStep } from './volume.next-step';

const failure = failed('backend.failed');

describe('creating from something on a pool', () => {
  const source = { kind: 'existing', sourceName: 'lv-7', pool: examplePool } as const;
  const placedOne = given(volumeDecider, [requested({ image: null, source }), placed()]);
  test('is a step of its own', () =>
    expect(nextStep(placedOne.state)).toMatchObject({ do: 'create-from-source', pool: examplePool, source }));
  test('says that it is managed, or could not be, where it is taken over', () => {
    const managed = [requested({ image: null, source }), placed(), createFailed()];
    const labels = [1, 2, 3].map((events) => labelOf(given(volumeDecider, managed.slice(0, events)).state));
    expect(labels).toEqual(['managing', 'managing', 'error_managing']);
  });
  test('is tried nowhere else', () =>
    placedOne
      .when({ do: 'RecordCreateFailure', pool: examplePool, failure, decision: null })
      .thenTypes('VolumeCreateFailed'));
  test('has the size of what was taken over', () => {
    const { decision } = placedOne.when({
      do: 'RecordProvisioned',
      pool: examplePool,
      bootable: false,
      imageMetadata: {},
      decision: null,
      sizeGib: 7,
    });
    const { state } = given(volumeDecider, [requested({ image: null, source }), placed(), ...(decision as never[])]);
    expect(state).toMatchObject({ details: { sizeGib: 7 }, request: { sizeGib: 10 } });
  });
});
