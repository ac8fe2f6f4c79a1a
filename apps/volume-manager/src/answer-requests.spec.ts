import type { ManageableAnswer } from '@hearth/contracts';
import type { Msg, NatsConnection, NatsError, SubscriptionOptions } from 'nats';
import { answerRequests } from './answer-requests';

type Callback = NonNullable<SubscriptionOptions['callback']>;

/** Asks one question of a host that answers by `manageable`; gives its answers, and what it logged. */
async function asked(
  manageable: (request: unknown) => Promise<ManageableAnswer>,
  { text = '{"pool":"a@b#c"}', respond }: { text?: string; respond?: () => never } = {},
) {
  const answers: string[] = [];
  const warnings: string[] = [];
  let callback: Callback = () => undefined;
  const subscribe = ((_subject: string, options: SubscriptionOptions) => {
    callback = options.callback!;
  }) as unknown as NatsConnection['subscribe'];
  answerRequests({ subscribe }, 'hearth.host.a.manageable', manageable, { warn: (line) => warnings.push(line) });
  const message = { data: Buffer.from(text), respond: respond ?? ((answer: string) => answers.push(answer)) };
  callback(null, message as unknown as Msg);
  await new Promise(setImmediate);
  return { answers, warnings, callback };
}

test('a host is asked what is sent to it, and its answer is sent back', async () => {
  const { answers, warnings } = await asked(async (request) => ({
    objects: [{ sourceName: String((request as { pool: string }).pool), sizeGib: 1 }],
  }));
  expect(answers).toEqual(['{"objects":[{"sourceName":"a@b#c","sizeGib":1}]}']);
  expect(warnings).toEqual([]);
});

test('what is no JSON is asked as nothing', async () => {
  const requests: unknown[] = [];
  await asked(async (request) => (requests.push(request), { objects: [] }), { text: '{' });
  expect(requests).toEqual([undefined]);
});

const closed = () => {
  throw new Error('CONNECTION_CLOSED');
};

test('a host that cannot say, and an answer that cannot be sent, are logged and end nothing', async () => {
  expect(await asked(() => Promise.reject(new Error('no')))).toMatchObject({
    answers: [],
    warnings: [expect.any(String)],
  });
  const { warnings, callback } = await asked(async () => ({ objects: [] }), { respond: closed });
  expect(warnings).toHaveLength(1);
  callback(new Error('permissions') as NatsError, undefined as unknown as Msg);
  expect(warnings).toHaveLength(2);
});
