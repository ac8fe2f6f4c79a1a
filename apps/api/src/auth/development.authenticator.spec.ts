import { createLog } from '@hearth/platform';
import { DevelopmentAuthenticator, warnOfDevelopmentMode } from './development.authenticator';

test.each([
  ['demo:ann:member', { isAdmin: false, mayWrite: true }],
  ['demo:ann:reader', { isAdmin: false, mayWrite: false }],
  ['demo:ann:reader,member', { isAdmin: false, mayWrite: true }],
  ['demo:ann:admin', { isAdmin: true, mayWrite: true }],
])('%s is believed', async (token, rights) => {
  const caller = await new DevelopmentAuthenticator().authenticate(token);
  expect(caller).toEqual({ projectId: 'demo', userId: 'ann', token, ...rights });
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
