import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi({ limits: { readsPerMinuteMax: 60, writesPerMinuteMax: 2 } });
}, 60_000);
afterAll(() => house.stop());

test('a project is shown how often it may still ask, and each verb by itself', async () => {
  for (let count = 0; count < 2; count += 1) await house.api.delete('/v3/demo/volumes/none');
  const { body } = await house.api.get('/v3/demo/limits');
  const now = '2026-11-21T00:49:33.441000';
  const of = (verb: string, value: number, remaining: number, next: string) => ({
    ...{ verb, value, remaining, unit: 'MINUTE' },
    'next-available': next,
  });
  expect(body).toMatchObject({
    limits: {
      rate: [
        {
          uri: '*',
          regex: '.*',
          limit: [
            of('GET', 60, 59, now),
            of('POST', 2, 2, now),
            of('PUT', 2, 2, now),
            of('DELETE', 2, 0, '2026-11-21T00:50:03.441000'),
          ],
        },
      ],
    },
  });
});

test('what others ask is not counted against a project', async () => {
  const { body } = await house.api.get('/v3/other/limits', { token: tokens.other });
  expect(body).toMatchObject({
    limits: { rate: [{ limit: [{ verb: 'GET', remaining: 59 }, {}, {}, { remaining: 2 }] }] },
  });
});
