import { createLog } from '@hearth/platform';
import { DevelopmentAuthenticator, warnOfDevelopmentMode } from './development.authenticator';

const authenticate = (token: string, serviceToken?: string) =>
  new DevelopmentAuthenticator().authenticate({ token, serviceToken, method: 'GET', path: '/v3' });

test.each([
  ['demo:ann:member', { roles: ['member'], isAdmin: false, mayWrite: true }],
  ['demo:ann:reader', { roles: ['reader'], isAdmin: false, mayWrite: false }],
  ['demo:ann:reader,member', { roles: ['reader', 'member'], isAdmin: false, mayWrite: true }],
  ['demo:ann:admin', { roles: ['admin'], isAdmin: true, mayWrite: true }],
  ['demo:ann:service', { roles: ['service'], isAdmin: false, mayWrite: false }],
])('%s is believed', async (token, rights) => {
  expect(await authenticate(token)).toEqual({ projectId: 'demo', userId: 'ann', isService: false, token, ...rights });
});

test.each(['demo:ann', 'demo:ann:', 'demo:ann:guest', ':ann:member', 'demo:ann:member '])(
  '%p is not',
  async (token) => {
    expect(await authenticate(token)).toBeUndefined();
  },
);

test.each([
  ['services:nova:service', true],
  ['services:nova:admin,service', true],
  ['services:nova:admin', false],
])('a request that bears %s too comes from a service: %p', async (serviceToken, isService) => {
  expect(await authenticate('demo:ann:member', serviceToken)).toMatchObject({
    projectId: 'demo',
    roles: ['member'],
    isService,
  });
});

test('a service token that is none lets nobody in', async () => {
  expect(await authenticate('demo:ann:member', 'nonsense')).toBeUndefined();
});

test('at start and every hour the log says that nobody is asked for a password', () => {
  jest.useFakeTimers();
  const lines: string[] = [];
  const end = warnOfDevelopmentMode(createLog({ name: 'api', format: 'json', write: (line) => lines.push(line) }));
  expect(lines).toHaveLength(1);
  jest.advanceTimersByTime(2 * 3_600_000);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatch(/"level":"warn".*PASSWORD/);
  end();
  jest.advanceTimersByTime(3_600_000);
  expect(lines).toHaveLength(3);
  jest.useRealTimers();
});
