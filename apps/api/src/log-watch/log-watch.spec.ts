import { LogGate, type LogTail } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import type { LogRecords } from '@hearth/read-model';
import { eventually } from '@hearth/testing';
import type { LogAccount } from './log-account';
import { LogWatch } from './log-watch';

const silent = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log;

const nothing = {
  name: 'facts',
  sequence: 0,
  commitId: null,
  commitDigest: null,
  updatedAt: '2026-01-02T03:04:05.000Z',
};
const records = (open: LogRecords['open']): LogRecords => ({
  epoch: 1,
  checkpoint: { ...nothing, generation: 1, runningHash: '' },
  witness: { ...nothing, gone: 0 },
  open,
});

let watch: LogWatch | undefined;
afterEach(() => watch?.stop());

/** A watch over a log that is sound, and an account that answers when it is told to. */
function given({ open = [] as LogRecords['open'], restored = async () => undefined as void }) {
  const gate = new LogGate();
  const tail = { bounds: async () => ({ last: 0, gone: 0 }), at: async () => undefined } as unknown as LogTail;
  const account: LogAccount = {
    find: async () => records(open),
    remember: async () => undefined,
    open: async () => true,
    restored,
  };
  const about = { tail, account, gate, who: 'api@test', log: silent, tell: () => undefined };
  watch = new LogWatch({ ...about, onShortened: () => undefined });
  return { gate, watch };
}

test('P11: a log that is sound opens the gate', async () => {
  const { gate, watch: own } = given({});
  await own.look();
  expect(gate.isOpen).toBe(true);
});

test('P11: a connection that is lost while a look ends leaves the gate shut: what comes back was not looked at', async () => {
  let finish = () => undefined as void;
  let isClosing = false;
  const restored = () =>
    new Promise<void>((resolve) => {
      isClosing = true;
      finish = resolve;
    });
  const { gate, watch: own } = given({ open: [{ id: 1, sequence: 0, commitId: null } as never], restored });
  const look = own.look();
  await eventually(() => isClosing);
  own.lost();
  finish();
  await look;
  expect(gate.isOpen).toBe(false);
});

test('P11: an app that knows commits of an earlier epoch is no evidence, though it asks before the first look', async () => {
  const { watch: own } = given({});
  const verdict = await own.answer({ who: 'scheduler', epoch: 0, newest: { sequence: 7, commitId: 'given up' } });
  expect(verdict).toMatchObject({ status: 'sound', epoch: 1 });
});

test('P11: what an app of this epoch knows, or one that had no answer yet, is evidence at the first look too', async () => {
  for (const epoch of [1, undefined]) {
    const { watch: own } = given({});
    const verdict = await own.answer({ who: 'scheduler', epoch, newest: { sequence: 7, commitId: 'stored' } });
    expect(verdict).toMatchObject({ status: 'suspect', epoch: 1 });
    await own.stop();
  }
});
