import { kneeOf } from './knee';

const curve = (...points: [number, number][]) => points.map(([limitGib, ratio]) => ({ limitGib, ratio }));

test('the knee is where a curve that rises quickly goes on slowly', () => {
  expect(kneeOf(curve([10, 0.2], [20, 0.7], [40, 0.75], [100, 0.8]))).toEqual({ limitGib: 20, ratio: 0.7 });
});

test('limits beyond the smallest that serves as much as any do not move it', () => {
  const points = curve([10, 0.2], [20, 0.5], [30, 0.8]);
  expect(kneeOf([...points, ...curve([30_000, 0.8])])).toEqual(kneeOf(points));
});

test('a straight curve bends at its end, and one that serves nothing nowhere', () => {
  expect(kneeOf(curve([10, 0.25], [20, 0.5]))).toEqual({ limitGib: 20, ratio: 0.5 });
  expect(kneeOf(curve([10, 0], [20, 0]))).toBeUndefined();
  expect(kneeOf([])).toBeUndefined();
});
