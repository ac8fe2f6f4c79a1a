import type { ServiceReport } from '@hearth/contracts';
import { ServiceBeacon, type ServiceBoard } from './service-board';

const service = { binary: 'cinder-scheduler', host: 'control-1', incarnation: 'a', version: '1.0.0' } as const;
let reports: ServiceReport[];
let withdrawn: unknown[];
let away: boolean;
const board: ServiceBoard = {
  report: async (report) => {
    if (away) throw new Error('the broker is away');
    reports.push(report);
  },
  services: async () => reports,
  withdraw: async ({ binary, host }) => void withdrawn.push([binary, host]),
};
const errors: unknown[] = [];
const open = () =>
  new ServiceBeacon({
    board,
    service,
    now: () => '2026-01-02T03:04:05.000Z',
    intervalMs: 1_000,
    onError: (error) => errors.push(error),
  });

beforeEach(() => {
  jest.useFakeTimers();
  [reports, withdrawn, away] = [[], [], false];
  errors.length = 0;
});
afterEach(() => jest.useRealTimers());

test('a process says that it lives at once, and again and again', async () => {
  const beacon = open();
  await jest.advanceTimersByTimeAsync(2_500);
  expect(reports).toEqual(Array(3).fill({ ...service, reportedAt: '2026-01-02T03:04:05.000Z' }));
  await beacon.close();
  expect(withdrawn).toEqual([['cinder-scheduler', 'control-1']]);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(reports).toHaveLength(3);
});

test('a board that is away is told again at the next turn', async () => {
  away = true;
  const beacon = open();
  await jest.advanceTimersByTimeAsync(500);
  expect(errors).toHaveLength(1);
  away = false;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(reports).toHaveLength(1);
  await beacon.close();
});
