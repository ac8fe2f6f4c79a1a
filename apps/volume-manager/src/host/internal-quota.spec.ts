import { ErrorCode, NatsError } from 'nats';
import { askInternalQuota } from './internal-quota';

/** An api that answers what the test says, in turn; a text that is none, or an error, is no answer. */
function asking(...answers: readonly (string | Error)[]) {
  const left = [...answers];
  const questions: unknown[] = [];
  const warnings: unknown[] = [];
  const request = async (_subject: string, payload: unknown) => {
    questions.push(JSON.parse(String(payload)));
    const answer = left.shift() ?? new Error('no responders');
    if (answer instanceof Error) throw answer;
    return { data: Buffer.from(answer) };
  };
  const connection = { request } as unknown as Parameters<typeof askInternalQuota>[0]['connection'];
  const log = { warn: (...line: unknown[]) => void warnings.push(line) };
  const clock = { nowMs: 0, now: () => clock.nowMs };
  return { ask: askInternalQuota({ connection, timeoutMs: 1, log, clock }), questions, warnings, clock };
}
const question = { projectId: 'internal', sizeGib: 3 } as Parameters<ReturnType<typeof askInternalQuota>>[0];
const over = { verdict: 'over', resource: 'volumes', limit: 1, inUse: 1 } as const;

test('an api is asked each time, and its answer counts', async () => {
  const { ask, questions } = asking('{"verdict":"within"}', JSON.stringify(over));
  expect(await ask(question)).toEqual({ verdict: 'within' });
  expect(await ask(question)).toEqual(over);
  expect(questions).toEqual([question, question]);
});

test('while none answers, the cache goes on without a quota, and says so', async () => {
  const { ask, warnings } = asking();
  expect(await ask(question)).toEqual({ verdict: 'within' });
  expect(warnings).toHaveLength(1);
});

test('while none answers, the last answer of the project counts, and of no other', async () => {
  const { ask } = asking(JSON.stringify(over), new Error('timeout'), 'nonsense');
  await ask(question);
  expect(await ask(question)).toEqual(over);
  expect(await ask(question)).toEqual(over);
  expect(await ask({ ...question, projectId: 'other' as typeof question.projectId })).toEqual({ verdict: 'within' });
});

test('fills that begin in turn do not each wait for an api that does not answer in time', async () => {
  const timeout = new NatsError('TIMEOUT', ErrorCode.Timeout);
  const { ask, questions, clock } = asking(JSON.stringify(over), timeout, '{"verdict":"within"}');
  await ask(question);
  for (let fill = 1; fill <= 3; fill += 1) expect(await ask(question)).toEqual(over);
  expect(questions).toHaveLength(2);
  clock.nowMs += 5_000;
  expect(await ask(question)).toEqual({ verdict: 'within' });
});

test('a clock that is put back makes that silence no longer', async () => {
  const { ask, clock } = asking(new NatsError('TIMEOUT', ErrorCode.Timeout), JSON.stringify(over));
  clock.nowMs = 86_400_000;
  expect(await ask(question)).toEqual({ verdict: 'within' });
  clock.nowMs = 0;
  expect(await ask(question)).toEqual(over);
});

test('an api that is back is asked at once when it was not there at all', async () => {
  const { ask } = asking(new NatsError('503', ErrorCode.NoResponders), JSON.stringify(over));
  expect(await ask(question)).toEqual({ verdict: 'within' });
  expect(await ask(question)).toEqual(over);
});
