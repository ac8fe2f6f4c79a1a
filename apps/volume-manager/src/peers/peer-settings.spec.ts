import { peerSettings } from './peer-settings';

const whole = {
  host: 'store-01',
  peerListen: '10.0.0.1:8790',
  peerCertificate: '/tls/host.crt',
  peerKey: '/tls/host.key',
  peerCa: '/tls/authorities.crt',
  peerServesAtOnce: 2,
  peerAnswerTimeoutMs: 2_000,
};

test('nothing given: this host has no peers', () => {
  expect(peerSettings({ host: 'store-01', peerServesAtOnce: 2, peerAnswerTimeoutMs: 2_000 })).toBeUndefined();
});

test('all given: it listens there and is known by what it is told', () => {
  expect(peerSettings(whole)).toMatchObject({ address: '10.0.0.1', port: 8790, url: undefined, servesAtOnceMax: 2 });
  const behind = { ...whole, peerListen: '[::]:8790', peerUrl: 'https://store-01.example:8790' };
  expect(peerSettings(behind)).toMatchObject({ address: '[::]', url: 'https://store-01.example:8790' });
});

test.each([
  ['HEARTH_PEER_CERTIFICATE', { peerCertificate: undefined }],
  ['HEARTH_PEER_KEY', { peerKey: undefined }],
  ['HEARTH_PEER_CA', { peerCa: undefined }],
  ['HEARTH_PEER_LISTEN', { peerListen: undefined }],
  ['HEARTH_PEER_LISTEN', { peerListen: '10.0.0.1' }],
  ['HEARTH_PEER_LISTEN', { peerListen: '10.0.0.1:99999' }],
  ['HEARTH_PEER_LISTEN: has *', { peerListen: '*:8790', peerUrl: 'https://store-01:8790' }],
  ['HEARTH_PEER_LISTEN: has *', { peerListen: '*:8790' }],
  ['HEARTH_PEER_URL', { peerListen: '0.0.0.0:8790' }],
  ['HEARTH_PEER_URL', { peerUrl: 'http://store-01:8790' }],
  ['HEARTH_PEER_URL', { peerUrl: 'https://me:secret@store-01:8790' }],
])('what is wrong with %s is named: %j', (variable, patch) => {
  expect(() => peerSettings({ ...whole, ...patch })).toThrow(variable);
});
