import { KeystoneClient } from './keystone.client';
import { KeystoneError } from './keystone-error';
import { answering, hangingUp, ScriptedKeystone, tokenRecord } from './testing/scripted-keystone';
import { TokenValidator, type TokenValidatorOptions, type ValidationOutcome } from './token-validator';

const issuedMs = Date.parse('2027-01-01T00:00:00Z');
const expiresMs = issuedMs + 3_600_000;
let keystone: ScriptedKeystone;
let client: KeystoneClient;
let elapsedMs: number;
let outcomes: ValidationOutcome[];

function validator(options: Partial<TokenValidatorOptions> = {}): TokenValidator {
  return new TokenValidator(client, {
    windowMs: 300_000,
    entriesMax: 100,
    observe: (outcome) => outcomes.push(outcome),
    now: () => issuedMs + elapsedMs,
    steady: () => elapsedMs,
    ...options,
  });
}

const validations = () => keystone.of('GET').length;

beforeEach(async () => {
  keystone = await ScriptedKeystone.start();
  keystone.known.set('ann-token', tokenRecord());
  client = new KeystoneClient({
    url: keystone.url,
    credentials: { kind: 'application-credential', id: 'app-1', secret: 's' },
    retriesMax: 0,
    now: () => elapsedMs,
  });
  elapsedMs = 0;
  outcomes = [];
});
afterEach(async () => {
  await client.close();
  await keystone.stop();
});

test('a token is what Keystone says of it, asked by the service, without the catalogue', async () => {
  expect(await validator().validate('ann-token')).toEqual({
    userId: 'u1',
    userName: 'ann',
    userDomainId: 'default',
    project: { id: 'p1', name: 'demo', domainId: 'default' },
    roles: ['member', 'reader'],
    expiresAtMs: expiresMs,
    accessRules: undefined,
  });
  expect(keystone.of('GET')).toMatchObject([
    {
      url: '/v3/auth/tokens?nocatalog=1',
      headers: {
        'x-auth-token': 'own-1',
        'x-subject-token': 'ann-token',
        'openstack-identity-access-rules': '1',
      },
    },
  ]);
});

test('one for no project is valid, and says so', async () => {
  keystone.known.set('unscoped', tokenRecord({ project: undefined, roles: undefined }));
  expect(await validator().validate('unscoped')).toMatchObject({ project: undefined, roles: [] });
});

test('the rules of an application credential come with it', async () => {
  const rule = { id: 'x', service: 'volumev3', method: 'GET', path: '/v3/**' };
  keystone.known.set('ruled', tokenRecord({ application_credential: { id: 'a', access_rules: [rule] } }));
  keystone.known.set('free', tokenRecord({ application_credential: { id: 'a', restricted: true } }));
  const tokens = validator();
  const { id: _id, ...accessRule } = rule;
  expect(await tokens.validate('ruled')).toMatchObject({ accessRules: [accessRule] });
  expect(await tokens.validate('free')).toMatchObject({ accessRules: undefined });
});

describe('what was answered', () => {
  test('is believed until the window ends, then asked for again', async () => {
    const tokens = validator();
    for (elapsedMs of [0, 1, 299_999]) expect(await tokens.validate('ann-token')).toBeDefined();
    expect(validations()).toBe(1);
    elapsedMs = 300_000;
    expect(await tokens.validate('ann-token')).toBeDefined();
    expect(validations()).toBe(2);
    expect(outcomes).toEqual(['valid', 'known', 'known', 'valid']);
  });

  test('is not believed beyond the end of the token', async () => {
    const tokens = validator();
    elapsedMs = 3_599_999;
    expect(await tokens.validate('ann-token')).toBeDefined();
    elapsedMs = 3_600_000;
    expect(await tokens.validate('ann-token')).toBeUndefined();
    expect(validations()).toBe(1);
  });

  test('lets a revoked token in for the window, and no longer', async () => {
    const tokens = validator();
    await tokens.validate('ann-token');
    keystone.known.delete('ann-token');
    elapsedMs = 299_999;
    expect(await tokens.validate('ann-token')).toBeDefined();
    elapsedMs = 300_000;
    expect(await tokens.validate('ann-token')).toBeUndefined();
  });

  test('is asked for each time where the window is 0', async () => {
    const tokens = validator({ windowMs: 0 });
    await tokens.validate('ann-token');
    await tokens.validate('ann-token');
    expect(validations()).toBe(2);
  });

  test('is not what it was once the clock is set back', async () => {
    let wallMs = issuedMs;
    const tokens = validator({ now: () => wallMs });
    await tokens.validate('ann-token');
    elapsedMs = 300_000;
    wallMs -= 86_400_000;
    keystone.known.delete('ann-token');
    expect(await tokens.validate('ann-token')).toBeUndefined();
  });

  test('is forgotten for the sake of newer tokens, the one first that was not used for the longest', async () => {
    const tokens = validator({ entriesMax: 2 });
    for (const token of ['a', 'b', 'c']) keystone.known.set(token, tokenRecord());
    for (const token of ['a', 'b', 'a', 'c', 'a', 'b']) await tokens.validate(token);
    expect(keystone.of('GET').map(({ headers }) => headers['x-subject-token'])).toEqual(['a', 'b', 'c', 'b']);
  });

  test('that a token is unknown, is believed for seconds, and does not push others out', async () => {
    const tokens = validator({ entriesMax: 2 });
    await tokens.validate('ann-token');
    for (let nth = 0; nth < 10; nth += 1) expect(await tokens.validate(`guess-${nth}`)).toBeUndefined();
    expect(await tokens.validate('guess-9')).toBeUndefined();
    expect(await tokens.validate('ann-token')).toBeDefined();
    expect(validations()).toBe(11);
    keystone.known.set('guess-9', tokenRecord());
    elapsedMs = 5_000;
    expect(await tokens.validate('guess-9')).toBeDefined();
  });
});

test('however many bear a token at once, Keystone is asked once', async () => {
  const tokens = validator();
  const answers = await Promise.all(Array.from({ length: 100 }, () => tokens.validate('ann-token')));
  expect(answers.every((answer) => answer?.userId === 'u1')).toBe(true);
  expect(validations()).toBe(1);
});

describe('an expired token', () => {
  test('is not valid, and is asked about once', async () => {
    elapsedMs = 4_000_000;
    const tokens = validator();
    expect(await tokens.validate('ann-token')).toBeUndefined();
    expect(await tokens.validate('ann-token')).toBeUndefined();
    expect(validations()).toBe(1);
  });

  test('is, for a service, and stays expired for everybody else', async () => {
    elapsedMs = 4_000_000;
    const tokens = validator();
    expect(await tokens.validate('ann-token', { allowExpired: true })).toBeDefined();
    expect(await tokens.validate('ann-token')).toBeUndefined();
    expect(await tokens.validate('ann-token', { allowExpired: true })).toBeDefined();
    expect(keystone.of('GET').map(({ url }) => url)).toEqual(['/v3/auth/tokens?nocatalog=1&allow_expired=1']);
  });

  test('that nobody knew without a service is asked about once more with one', async () => {
    const tokens = validator();
    keystone.scripts.push(answering(201, tokenRecord(), { 'x-subject-token': 'own-0' }), answering(404));
    keystone.taken.add('own-0');
    expect(await tokens.validate('ann-token')).toBeUndefined();
    expect(await tokens.validate('ann-token', { allowExpired: true })).toBeDefined();
  });
});

test.each(['', 'with space', 'tab\t', 'ümlaut', `x${'y'.repeat(8_192)}`, 'a\r\nx-evil: 1'])(
  'what cannot be a token (%p) is not asked about',
  async (token) => {
    expect(await validator().validate(token)).toBeUndefined();
    expect(keystone.asked).toEqual([]);
  },
);

describe('while Keystone is away', () => {
  test('tokens that are known go on for their window; others get an error that is not remembered', async () => {
    const tokens = validator();
    await tokens.validate('ann-token');
    keystone.known.set('bob-token', tokenRecord());
    keystone.always = hangingUp;
    elapsedMs = 299_999;
    expect(await tokens.validate('ann-token')).toBeDefined();
    await expect(tokens.validate('bob-token')).rejects.toMatchObject({ problem: 'away' });
    elapsedMs = 300_000;
    await expect(tokens.validate('ann-token')).rejects.toMatchObject({ problem: 'away' });
    keystone.always = undefined;
    expect(await tokens.validate('bob-token')).toBeDefined();
    expect(outcomes).toEqual(['valid', 'known', 'failed', 'failed', 'valid']);
  });

  test('not everybody may wait for it', async () => {
    const silent = new TokenValidator({ get: () => new Promise(() => undefined) }, { windowMs: 1, entriesMax: 1 });
    for (let nth = 0; nth < 2_000; nth += 1) void silent.validate(`token-${nth}`);
    await expect(silent.validate('one-more')).rejects.toMatchObject({ problem: 'away' });
  });
});

describe('our own token', () => {
  test('that Keystone does not take any more is replaced once, and the question put again', async () => {
    const tokens = validator();
    await tokens.validate('ann-token');
    keystone.taken.clear();
    elapsedMs = 300_000;
    expect(await tokens.validate('ann-token')).toBeDefined();
    expect(keystone.of('GET').map(({ headers }) => headers['x-auth-token'])).toEqual(['own-1', 'own-1', 'own-2']);
  });

  test.each([401, 403])('that Keystone answers %i to is an error that says what it needs', async (status) => {
    const refusal = answering(status, { error: { message: 'You are not authorized' } });
    const tokens = validator();
    await tokens.validate('ann-token');
    keystone.scripts.push(refusal);
    if (status === 401) keystone.scripts.push(answering(201, tokenRecord(), { 'x-subject-token': 'own-9' }), refusal);
    await expect(tokens.validate('bob-token')).rejects.toThrow(
      `answered ${status} for what a token stands for: the role 'service' is needed`,
    );
  });
});

test.each([
  ['a page', '<html>'],
  ['no token', {}],
  ['one without a user', tokenRecord({ user: undefined })],
  ['an id that is no part of a URL', tokenRecord({ project: { id: 'a/b', name: 'x', domain: { id: 'd' } } })],
  ['a time that is none', tokenRecord({ expires_at: 'tomorrow' })],
  ['roles that are none', tokenRecord({ roles: ['admin'] })],
])('an answer that is %s lets nobody in, and is an error', async (_, body) => {
  keystone.known.set('ann-token', body);
  const error: unknown = await validator()
    .validate('ann-token')
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KeystoneError);
  expect(error).toMatchObject({ problem: 'nonsense' });
  expect((error as Error).message).not.toContain('ann-token');
});

test.each([302, 400, 418])('an answer %i is an error', async (status) => {
  const tokens = validator();
  await tokens.validate('ann-token');
  keystone.scripts.push(answering(status));
  await expect(tokens.validate('bob-token')).rejects.toMatchObject({ problem: 'nonsense' });
});
