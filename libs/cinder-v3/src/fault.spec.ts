import { refusalCodes } from '@hearth/contracts';
import { faultAnswer } from './fault';
import { faultOfRefusal } from './refusal.fault';

test.each(refusalCodes)('a command refused as %s has a fault of a client', (refused) => {
  const { status, message } = faultOfRefusal({ refused, data: {} }, 'x');
  expect([400, 404, 409]).toContain(status);
  // One of Cinder's sentences has no full stop.
  expect(message).toMatch(/^[A-Z].*(\.|using the Compute API)$/);
});

test.each([
  [400, 'badRequest'],
  [404, 'itemNotFound'],
  [406, 'computeFault'],
  [500, 'computeFault'],
  [503, 'serviceUnavailable'],
])('a fault of %i stands under %s', (status, key) => {
  const message = 'why';
  expect(faultAnswer({ status, message })).toEqual({ status, headers: {}, body: { [key]: { code: status, message } } });
});

test('over quota says in header and body when to try again', () => {
  expect(faultAnswer({ status: 413, message: 'full', retryAfterSeconds: 0 })).toEqual({
    status: 413,
    headers: { 'Retry-After': '0' },
    body: { overLimit: { code: 413, message: 'full', retryAfter: '0' } },
  });
});
