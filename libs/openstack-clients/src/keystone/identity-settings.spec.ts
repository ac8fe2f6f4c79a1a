import { type IdentitySettings, identityProblems, openKeystone } from './identity-settings';

const nothing: IdentitySettings = {
  keystoneInterface: 'internal',
  keystoneTimeoutMs: 5_000,
  keystoneUserDomainName: 'Default',
  keystoneProjectDomainName: 'Default',
};
const url = { keystoneUrl: 'http://127.0.0.1:5000' };
const application = { keystoneApplicationCredentialId: 'a', keystoneApplicationCredentialSecret: 's' };
const password = { keystoneUsername: 'cinder', keystonePassword: 'p', keystoneProjectName: 'service' };

test('where Keystone is not spoken of there is none, and no problem', () => {
  expect([identityProblems(nothing), openKeystone(nothing)]).toEqual([[], undefined]);
});

test.each([
  ['an application credential by its id', application],
  [
    'an application credential by its name',
    {
      ...{ keystoneApplicationCredentialName: 'hearth', keystoneApplicationCredentialSecret: 's' },
      keystoneUsername: 'cinder',
    },
  ],
  ['a password', password],
])('%s, with the URL, is enough', async (_, credentials) => {
  const settings = { ...nothing, ...url, ...credentials };
  expect(identityProblems(settings)).toEqual([]);
  const keystone = openKeystone(settings);
  expect(keystone).toBeDefined();
  await keystone?.close();
});

test.each<[string, Partial<IdentitySettings>, keyof IdentitySettings]>([
  ['a URL alone', url, 'keystoneApplicationCredentialId'],
  ['credentials without the URL', application, 'keystoneUrl'],
  ['both kinds of credentials', { ...url, ...application, ...password }, 'keystonePassword'],
  ['a secret of nothing', { ...url, keystoneApplicationCredentialSecret: 's' }, 'keystoneApplicationCredentialId'],
  [
    'a name of nobody',
    { ...url, keystoneApplicationCredentialName: 'n', keystoneApplicationCredentialSecret: 's' },
    'keystoneUsername',
  ],
  ['an id without its secret', { ...url, keystoneApplicationCredentialId: 'a' }, 'keystoneApplicationCredentialSecret'],
  ['a user without a password', { ...url, keystoneUsername: 'cinder' }, 'keystonePassword'],
  ['a project alone', { ...url, keystoneProjectName: 'service' }, 'keystonePassword'],
  ['a password of nobody', { ...url, keystonePassword: 'p', keystoneProjectName: 'x' }, 'keystoneUsername'],
  ['a user in no project', { ...url, keystonePassword: 'p', keystoneUsername: 'x' }, 'keystoneProjectName'],
])('%s is named as a problem of one field', (_, given, field) => {
  const settings = { ...nothing, ...given };
  expect(identityProblems(settings)).toMatchObject([{ field }]);
  expect(() => openKeystone(settings)).toThrow(field);
});
