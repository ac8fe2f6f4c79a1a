import type { ValidatedToken } from '@hearth/openstack-clients';
import type { SentTokens } from './caller';
import { KeystoneAuthenticator } from './keystone.authenticator';

function validated(changes: Partial<ValidatedToken> = {}): ValidatedToken {
  return {
    ...{ userId: 'u1', userName: 'ann', userDomainId: 'default' },
    project: { id: 'p1', name: 'demo', domainId: 'default' },
    roles: ['member', 'reader'],
    expiresAtMs: 1,
    accessRules: undefined,
    ...changes,
  };
}

const nova = validated({ userId: 'nova', roles: ['service'] });
const known: Record<string, ValidatedToken> = {
  ann: validated(),
  rob: validated({ roles: ['reader'] }),
  root: validated({ roles: ['cloud-admin', 'member'] }),
  old: validated({ roles: ['Member'] }),
  chief: validated({ roles: ['ADMIN'] }),
  guest: validated({ roles: [] }),
  unscoped: validated({ project: undefined, roles: [] }),
  ruled: validated({ accessRules: [{ service: 'volumev3', method: 'GET', path: '/v3/*/volumes' }] }),
  ruledOut: validated({ accessRules: [] }),
  nova,
  homeless: { ...nova, project: undefined },
};
/** Known only to whom a service speaks for. */
const expired = validated({ userId: 'old' });

const asked: string[] = [];
const authenticator = new KeystoneAuthenticator(
  {
    validate: async (token, { allowExpired = false } = {}) => {
      asked.push(`${token}${allowExpired ? ' even if expired' : ''}`);
      return token === 'expired' && allowExpired ? expired : known[token];
    },
  },
  { identityUri: 'http://keystone', adminRoles: ['admin', 'Cloud-Admin'], serviceRoles: ['service', 'helper'] },
);

const authenticate = (token: string, changes: Partial<SentTokens> = {}) =>
  authenticator.authenticate({ token, method: 'GET', path: '/v3/p1/volumes', ...changes });

beforeEach(() => void asked.splice(0));

test('a caller is whom the token says, in its project', async () => {
  expect(await authenticate('ann')).toEqual({
    projectId: 'p1',
    userId: 'u1',
    roles: ['member', 'reader'],
    isAdmin: false,
    mayWrite: true,
    isService: false,
    token: 'ann',
  });
});

test.each([
  ['rob', { isAdmin: false, mayWrite: false }],
  ['root', { isAdmin: true, mayWrite: true }],
  ['old', { isAdmin: false, mayWrite: true, roles: ['member'] }],
  ['chief', { isAdmin: true, mayWrite: true }],
  ['guest', { isAdmin: false, mayWrite: false }],
])('%s has the rights of the roles', async (token, rights) => {
  expect(await authenticate(token)).toMatchObject(rights);
});

test.each(['nobody', 'unscoped', 'expired'])('a token %s opens nothing', async (token) => {
  expect(await authenticate(token)).toBeUndefined();
});

describe('a service token', () => {
  test.each(['nova', 'homeless'])(
    'of %s says that a service speaks, and stands in for nobody',
    async (serviceToken) => {
      expect(await authenticate('ann', { serviceToken })).toMatchObject({
        userId: 'u1',
        isService: true,
        mayWrite: true,
      });
    },
  );

  test('without the role of a service changes nothing', async () => {
    expect(await authenticate('ann', { serviceToken: 'root' })).toMatchObject({ isService: false });
    expect(await authenticate('expired', { serviceToken: 'root' })).toBeUndefined();
  });

  test('that is not valid lets nobody in, and nobody is asked about the caller', async () => {
    expect(await authenticate('ann', { serviceToken: 'nobody' })).toBeUndefined();
    expect(asked).toEqual(['nobody']);
  });

  test('lets work go on whose token has expired since', async () => {
    expect(await authenticate('expired', { serviceToken: 'nova' })).toMatchObject({ userId: 'old', isService: true });
    expect(asked).toEqual(['nova', 'expired even if expired']);
  });
});

describe('access rules', () => {
  test('let what they name pass, and nothing else', async () => {
    expect(await authenticate('ruled')).toBeDefined();
    expect(await authenticate('ruled', { method: 'POST' })).toBeUndefined();
    expect(await authenticate('ruled', { path: '/v3/p1/volumes/detail' })).toBeUndefined();
  });

  test('that name nothing let nothing pass', async () => {
    expect(await authenticate('ruledOut')).toBeUndefined();
  });

  test('do not bind a service that works for their owner, and bind who only says to be one', async () => {
    const elsewhere = { path: '/v3/p1/attachments' };
    expect(await authenticate('ruled', { ...elsewhere, serviceToken: 'nova' })).toBeDefined();
    expect(await authenticate('ruled', { ...elsewhere, serviceToken: 'ann' })).toBeUndefined();
  });
});
