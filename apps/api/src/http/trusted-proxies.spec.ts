import { parseProxies } from './trusted-proxies';

test.each([
  [['10.0.0.0/8'], '10.1.2.3', true],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['::1'], '::1', true],
  [['192.0.2.7'], '192.0.2.8', false],
  [[], '127.0.0.1', false],
])('of the proxies %j, %s is trusted: %s', (proxies, address, trusted) => {
  expect(parseProxies(proxies)?.(address)).toBe(trusted);
});

test.each(['10.0.0.0/33', 'proxy.example.org', '10.0.0.0/', '', '10.0.0.0/8/8'])('%j is no proxy', (text) => {
  expect(parseProxies([text])).toBeUndefined();
});

test('an address that is not known is not trusted', () => {
  expect(parseProxies(['0.0.0.0/0'])?.(undefined)).toBe(false);
});
