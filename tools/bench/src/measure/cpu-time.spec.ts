import { costFigure, readTimes } from './cpu-time';

const line = (name: string) => `4711 (${name}) S 815 4711 4711 0 -1 4194560 1 2 3 4 150 25 7 3 20 0 11 0 2904399 1 2`;

test('a process has had its own time, and that of its children that have ended', () => {
  expect(readTimes(line('node'))).toEqual({ parent: 815, ms: 1_850 });
});

test('a name may hold anything', () => {
  expect(readTimes(line('a (b) S 1'))).toEqual(readTimes(line('node')));
});

test('a process that is gone has none', () => {
  expect(readTimes('')).toBeUndefined();
});

test('the costs of an operation are summed up, and told by process, the highest first', () => {
  expect(costFigure('a create', new Map([...Object.entries({ api: 0.5, idle: 0.001, postgres: 1.25 })]))).toEqual({
    name: 'a create, processor time',
    value: 1.751,
    unit: 'ms',
    note: 'postgres 1.25, api 0.50',
  });
});
