import { RateLimitedError, rateLimitedAnswer, ratesView } from './rate-limit';

test('a request that is one too many is told which limit it met, and when to come again', () => {
  expect(rateLimitedAnswer(new RateLimitedError({ verb: 'POST', value: 10 }, 6))).toEqual({
    status: 413,
    headers: { 'Retry-After': '6' },
    body: {
      overLimitFault: {
        code: 413,
        message: 'This request was rate-limited.',
        details: 'Only 10 POST request(s) can be made to * every MINUTE.',
      },
    },
  });
});

test('limits are shown with what is left, and none is an empty list', () => {
  const nextAvailable = new Date('2026-11-21T00:49:33.441Z');
  expect(ratesView([])).toEqual([]);
  expect(ratesView([{ verb: 'GET', value: 100, remaining: 0, nextAvailable }])).toEqual([
    {
      uri: '*',
      regex: '.*',
      limit: [
        { verb: 'GET', value: 100, remaining: 0, unit: 'MINUTE', 'next-available': '2026-11-21T00:49:33.441000' },
      ],
    },
  ]);
});
