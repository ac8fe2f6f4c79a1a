import { KeystoneError, type KeystoneProblem } from '@hearth/openstack-clients';
import { TestApi } from '../testing/test-api';
import type { Authenticator, SentTokens } from './caller';
import { DevelopmentAuthenticator } from './development.authenticator';

/** Keeps what it is asked, and fails while a test says so. */
class WatchedAuthenticator implements Authenticator {
  readonly identityUri = 'http://127.0.0.1:15000';
  asked: SentTokens[] = [];
  failure: Error | undefined;
  private readonly development = new DevelopmentAuthenticator();

  async authenticate(sent: SentTokens) {
    this.asked.push(sent);
    if (this.failure) throw this.failure;
    return this.development.authenticate(sent);
  }
}

const authenticator = new WatchedAuthenticator();
let api: TestApi;
beforeAll(async () => (api = await TestApi.start({ authenticator })));
afterAll(() => api.stop());
beforeEach(() => {
  authenticator.asked = [];
  authenticator.failure = undefined;
});

const volumes = '/v3/demo/volumes';

test('both tokens, the method and the path without its query say who may come in', async () => {
  const headers = { 'x-service-token': ' services:nova:service ' };
  expect((await api.get(`${volumes}?limit=1`, { headers })).status).toBe(200);
  const [token, serviceToken] = ['demo:ann:member', 'services:nova:service'];
  expect(authenticator.asked).toEqual([{ token, serviceToken, method: 'GET', path: volumes }]);
});

test('an empty service token is none', async () => {
  expect((await api.get(volumes, { headers: { 'x-service-token': '' } })).status).toBe(200);
});

describe('401', () => {
  test.each<[string, string | null, Record<string, string>]>([
    ['no token', null, {}],
    ['an empty token', ' ', {}],
    ['a token that nobody knows', 'nonsense', {}],
    ['a service token that nobody knows', 'demo:ann:member', { 'x-service-token': 'nonsense' }],
    ['a service token alone', null, { 'x-service-token': 'services:nova:service' }],
  ])('for %s, with where to get one', async (_, token, headers) => {
    const answer = await api.get(volumes, { token, headers });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Keystone uri="http://127.0.0.1:15000"']);
    expect(answer.body).toEqual({
      error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
    });
    expect(Object.keys(answer.headers)).toContain('x-openstack-request-id');
    expect(Object.keys(answer.headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/x-compute-request-id|openstack-api-version/)]),
    );
  });
});

describe('503', () => {
  test.each<KeystoneProblem>(['away', 'refused', 'nonsense'])(
    'where Keystone cannot tell (%s), as its middleware says it, and when to come again',
    async (problem) => {
      authenticator.failure = new KeystoneError(problem, 'Keystone at keystone.internal does not answer');
      const answer = await api.post(volumes, { volume: { size: 1 } });
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(answer.body).toEqual({
        message:
          'The server is currently unavailable. Please try again at a later time.<br /><br />\n' +
          'The Keystone service is temporarily unavailable.\n\n',
        code: '503 Service Unavailable',
        title: 'Service Unavailable',
      });
    },
  );

  test('leaves what needs no token as it is', async () => {
    authenticator.failure = new KeystoneError('away', 'nobody there');
    expect((await api.get('/', { token: null })).status).toBe(300);
    expect(authenticator.asked).toEqual([]);
  });

  test('says in the log why, and no token', async () => {
    authenticator.failure = new KeystoneError('away', 'Keystone at keystone.internal does not answer');
    await api.get(volumes, { token: 'demo:verysecret:member' });
    const lines = api.lines.filter((line) => line.includes('keystone.internal'));
    expect(lines).not.toEqual([]);
    expect(api.lines.join('')).not.toContain('verysecret');
  });
});
