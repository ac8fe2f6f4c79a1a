import type { LogBounds, LogMessage, LogTail } from '@hearth/event-sourcing';
import { LogMissingError } from '@hearth/event-sourcing';
import { messageDigest } from './commit-digest';
import { lookForLoss, type LogEvidence } from './log-loss';

const message = (sequence: number, commitId = `c${sequence}`, text = commitId): LogMessage => ({
  ...{ sequence, commitId, subject: 'hearth.facts.volume.v', bytes: Buffer.from(text) },
});
const seen = (sequence: number): LogEvidence => {
  const { commitId, ...rest } = message(sequence);
  return { sequence, commitId, commitDigest: messageDigest({ ...rest }) };
};

/** A log of these messages, whose last position is that of the last one unless told. */
function logOf(messages: readonly LogMessage[], bounds: Partial<LogBounds> = {}): LogTail {
  const last = messages.at(-1)?.sequence ?? 0;
  return {
    bounds: async () => ({ last, gone: last - messages.length, ...bounds }),
    at: async (sequence) => messages.find((one) => one.sequence === sequence),
  };
}

const lossIn = async (log: LogTail, evidence: readonly LogEvidence[], gone: number | null = 0) =>
  (await lookForLoss(log, evidence, gone)).loss;

test('P11: a log that holds what was seen, and more, has lost nothing', async () => {
  expect(await lossIn(logOf([message(1), message(2), message(3)]), [seen(2), seen(1)])).toBeUndefined();
  expect(await lossIn(logOf([]), [], null)).toBeUndefined();
});

test('P11: a log that ends before what was seen has lost its end', async () => {
  expect(await lossIn(logOf([message(1)]), [seen(3)])).toMatchObject({
    ...{ cause: 'shorter', sequence: 3, commitId: 'c3', logEnd: 1 },
    reason: 'commit c3 was seen at position 3, and the log ends at 1',
  });
});

test('P11: a log that lost its end and grew on has another commit at the place', async () => {
  expect(await lossIn(logOf([message(1), message(2, 'other')]), [seen(2)])).toMatchObject({ cause: 'replaced' });
});

test('P11: a commit of the same id and another content is another commit, unless only its id is known', async () => {
  const log = logOf([message(1), message(2, 'c2', 'forged')]);
  expect(await lossIn(log, [seen(2)])).toMatchObject({ cause: 'replaced', commitId: 'c2' });
  expect(await lossIn(log, [{ ...seen(2), commitDigest: null }])).toBeUndefined();
});

test('P11: a log whose last block is gone, and which still counts on, has a hole', async () => {
  expect(await lossIn(logOf([message(1)], { last: 9, gone: 8 }), [seen(5)])).toMatchObject({ cause: 'hole' });
});

test('P11: a log that was purged is noticed by its holes, however far it has grown since', async () => {
  const log = logOf([message(8), message(9)]);
  expect(await lossIn(log, [seen(9)])).toMatchObject({ cause: 'purged', sequence: 0, logEnd: 9 });
  expect(await lossIn(log, [seen(9)], 7)).toBeUndefined();
  expect(await lossIn(log, [seen(9)], null)).toBeUndefined();
});

test('P11: a log that is not there at all lacks all that was seen', async () => {
  const none = async () => {
    throw new LogMissingError('HEARTH_FACTS');
  };
  expect(await lossIn({ bounds: none, at: none }, [seen(3)])).toMatchObject({ cause: 'missing', sequence: 3 });
  expect(await lossIn({ bounds: none, at: none }, [])).toBeUndefined();
});
