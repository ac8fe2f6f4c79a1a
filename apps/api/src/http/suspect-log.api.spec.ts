import { InMemoryEventStore, LogUnverifiedError } from '@hearth/event-sourcing';
import { TestApi, tokens } from '../testing/test-api';

const store = new InMemoryEventStore();
let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ services: { store } });
});
afterAll(() => api.stop());

const create = () => api.post('/v3/volumes', { volume: { size: 1 } });

test('P11: nothing is changed while the log is suspect, and the answer says what has to happen; what is known is shown', async () => {
  api.gate.shut('suspect', 'the log ends at 2');
  try {
    const answers = [
      await create(),
      await api.post('/v3/types', { volume_type: { name: 'fast' } }, { token: tokens.admin }),
      await api.delete('/v3/messages/6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11'),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, headers['retry-after']]).toEqual([503, '60']);
      expect(body).toMatchObject({
        serviceUnavailable: {
          code: 503,
          message: expect.stringMatching(/^The log of facts lacks what was seen of it/),
        },
      });
    }
    expect((await api.get('/v3/volumes/detail')).status).toBe(200);
    expect((await api.post('/v3/volumes', { volume: { size: 1 } }, { token: null })).status).toBe(401);
  } finally {
    api.gate.open();
  }
  expect((await create()).status).toBe(202);
});

test('P11: while nobody has vouched for the log a change is refused for the moment', async () => {
  const append = store.append.bind(store);
  store.append = () => Promise.reject(new LogUnverifiedError('cannot append: the connection to NATS was lost'));
  try {
    const { status, headers, body } = await create();
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body).toMatchObject({
      serviceUnavailable: { message: expect.stringMatching(/^The log of facts is looked at after NATS was away/) },
    });
  } finally {
    store.append = append;
  }
});
