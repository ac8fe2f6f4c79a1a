import { KeystoneClient, type KeystoneOptions } from './keystone.client';
import { KeystoneError, type KeystoneProblem } from './keystone-error';
import { answering, hangingUp, ScriptedKeystone, silence } from './testing/scripted-keystone';

const secret = 'the-secret-of-all';
let keystone: ScriptedKeystone;
let now: number;
const clients: KeystoneClient[] = [];

function client(options: Partial<KeystoneOptions> = {}): KeystoneClient {
  const made = new KeystoneClient({
    url: keystone.url,
    credentials: { kind: 'application-credential', id: 'app-1', secret },
    retryWaitMs: 1,
    now: () => now,
    ...options,
  });
  clients.push(made);
  return made;
}

beforeEach(async () => {
  keystone = await ScriptedKeystone.start();
  now = 0;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((made) => made.close()));
  await keystone.stop();
});

async function problemOf(work: Promise<unknown>): Promise<KeystoneProblem> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KeystoneError)) throw new Error('no KeystoneError was thrown', { cause: error });
  expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toMatch(/the-secret|own-\d/);
  return error.problem;
}

describe('what is proved with', () => {
  const user = { name: 'cinder', domainName: 'Default' };

  test.each<[KeystoneOptions['credentials'], object]>([
    [
      { kind: 'application-credential', id: 'app-1', secret },
      { identity: { methods: ['application_credential'], application_credential: { id: 'app-1', secret } } },
    ],
    [
      { kind: 'application-credential-name', name: 'hearth', user, secret },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'hearth', secret, user: { name: 'cinder', domain: { name: 'Default' } } },
        },
      },
    ],
    [
      { kind: 'password', user, password: secret, project: { name: 'service', domainName: 'Default' } },
      {
        identity: {
          methods: ['password'],
          password: { user: { name: 'cinder', domain: { name: 'Default' }, password: secret } },
        },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
    ],
  ])('%j is what Keystone asks for', async (credentials, auth) => {
    expect(await client({ credentials }).token()).toBe('own-1');
    expect(keystone.asked).toMatchObject([{ method: 'POST', url: '/v3/auth/tokens', body: { auth } }]);
  });

  test.each(['', '/', '/v3', '/v3/'])('a URL that ends in %p is the same Keystone', async (end) => {
    await client({ url: `${keystone.url}${end}` }).token();
    expect(keystone.asked[0]?.url).toBe('/v3/auth/tokens');
  });

  test('a URL with a password in it is refused, and not repeated', () => {
    expect(() => client({ url: 'http://me:hidden@host' })).toThrow(/^(?!.*hidden)the endpoint of the identity service/);
  });
});

describe('the own token', () => {
  test('is asked for once, however many ask at once, and again', async () => {
    const own = client();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => own.token())))).toEqual(new Set(['own-1']));
    now = 1_000_000;
    expect(await own.token()).toBe('own-1');
    expect(keystone.asked).toHaveLength(1);
  });

  test('is renewed in its last minutes while the old one still serves', async () => {
    const own = client();
    await own.token();
    now = 3_600_000 - 599_000;
    expect(await own.token()).toBe('own-1');
    await renewed(own, 'own-2');
    expect(keystone.asked).toHaveLength(2);
  });

  test('serves to its end where Keystone is away when it should be renewed, and not beyond', async () => {
    const own = client({ retriesMax: 0 });
    await own.token();
    keystone.always = hangingUp;
    now = 3_600_000 - 20_000;
    expect(await own.token()).toBe('own-1');
    now = 3_600_000 - 5_000;
    expect(await problemOf(own.token())).toBe('away');
    keystone.always = undefined;
    now += 2_000;
    expect(await own.token()).toBe('own-2');
  });

  test('is as old as Keystone says, whatever time our clock shows', async () => {
    keystone.lifetimeMs = 60_000;
    const own = client();
    await own.token();
    now = 40_000;
    expect(await own.token()).toBe('own-1');
    now = 59_000;
    expect(await own.token()).toBe('own-2');
  });

  test('that was refused is not given again; many who were refused get one new one', async () => {
    const own = client();
    const first = await own.token();
    const others = await Promise.all(Array.from({ length: 20 }, () => own.token(first)));
    expect(new Set(others)).toEqual(new Set(['own-2']));
    expect(await own.token(first)).toBe('own-2');
    expect(keystone.asked).toHaveLength(2);
  });

  async function renewed(own: KeystoneClient, wanted: string) {
    for (;;) {
      if ((await own.token()) === wanted) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});

describe('where no token can be had', () => {
  test.each<[string, ReturnType<typeof answering>, KeystoneProblem]>([
    ['401', answering(401, { error: { message: 'who?' } }), 'refused'],
    ['403', answering(403), 'refused'],
    ['404', answering(404), 'nonsense'],
    ['200', answering(200), 'nonsense'],
    ['201 without a token', answering(201), 'nonsense'],
    ['201 with a page', answering(201, '<html>', { 'x-subject-token': 'own-1' }), 'nonsense'],
    ['201 with another JSON', answering(201, { token: {} }, { 'x-subject-token': 'own-1' }), 'nonsense'],
    [
      'a time that is none',
      answering(201, { token: { issued_at: 'x', expires_at: 'y' } }, { 'x-subject-token': 'own-1' }),
      'nonsense',
    ],
  ])('because of %s, it is said so, after one question', async (_, script, problem) => {
    keystone.scripts.push(script);
    expect(await problemOf(client().token())).toBe(problem);
    expect(keystone.asked).toHaveLength(1);
  });

  test.each([
    ['500', answering(500)],
    ['503', answering(503)],
    ['429', answering(429)],
    ['a cut connection', hangingUp],
  ])('because of %s, it is asked for three times', async (_, script) => {
    keystone.always = script;
    expect(await problemOf(client().token())).toBe('away');
    expect(keystone.asked).toHaveLength(3);
  });

  test('because nothing comes, it is waited for no longer than told', async () => {
    keystone.always = silence;
    expect(await problemOf(client({ timeoutMs: 100 }).token())).toBe('away');
  });

  test('because of an answer without end, that is not read to its end', async () => {
    keystone.always = (response) => {
      response.writeHead(201);
      const more = () => void (response.destroyed || response.write(Buffer.alloc(2 ** 18), more));
      more();
    };
    expect(await problemOf(client({ retriesMax: 0 }).token())).toBe('away');
  });

  test('a wrong secret is not tried again and again: users are locked out for that', async () => {
    const own = client();
    keystone.always = answering(401);
    expect(await problemOf(own.token())).toBe('refused');
    now += 9_000;
    expect(await problemOf(own.token())).toBe('refused');
    expect(keystone.asked).toHaveLength(1);
    now += 2_000;
    keystone.always = undefined;
    expect(await own.token()).toBe('own-1');
  });

  test('a Keystone that is not there is away', async () => {
    expect(await problemOf(client({ url: 'http://127.0.0.1:9' }).token())).toBe('away');
  });
});

describe('the catalogue', () => {
  const image = (region: string, url: string) => ({
    type: 'image',
    name: 'glance',
    endpoints: ['public', 'internal', 'admin'].map((name) => ({
      ...{ id: 'e', interface: name, region, region_id: region, url: `${url}/${name}` },
    })),
  });

  test('names the endpoint of the interface and the region', async () => {
    keystone.catalogue = [image('east', 'http://e'), image('west', 'http://w'), { type: 'empty' }];
    expect(await client({ region: 'west' }).endpoints('image')).toEqual(['http://w/internal']);
    expect(await client({ region: 'east', interface: 'public' }).endpoints('image')).toEqual(['http://e/public']);
  });

  test('with one region needs none to be named', async () => {
    keystone.catalogue = [image('east', 'http://e')];
    expect(await client().endpoints('image')).toEqual(['http://e/internal']);
  });

  test.each([
    ['a service that it does not have', 'key-manager', {}, "no internal endpoint of the type 'key-manager'"],
    ['another region', 'image', { region: 'north' }, 'in the region north'],
    ['one of several regions, which one is not said', 'image', {}, 'in east, west, and no region is configured'],
  ])('is no help for %s', async (_, type, options, words) => {
    keystone.catalogue = [image('east', 'http://e'), image('west', 'http://w')];
    const error: KeystoneError = await client(options)
      .endpoints(type)
      .then(fail, (reason) => reason);
    expect([error.problem, error.message]).toEqual(['no-endpoint', expect.stringContaining(words)]);
  });

  test('is looked at anew for a service that was registered since', async () => {
    const own = client();
    expect(await problemOf(own.endpoints('image'))).toBe('no-endpoint');
    keystone.catalogue = [image('east', 'http://e')];
    now = 11_000;
    expect(await own.endpoints('image')).toEqual(['http://e/internal']);
    expect(keystone.asked).toHaveLength(2);
  });
});

const fail = (): never => {
  throw new Error('it did not reject');
};
