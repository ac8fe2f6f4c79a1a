import { parseServiceEndpoint } from './service-endpoint';

const errorOf = (text: string): string => {
  try {
    parseServiceEndpoint(text, 'image service');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

test.each([
  ['http://host', 'http://host', 'host'],
  ['https://host:9311/', 'https://host:9311', 'host:9311'],
  ['http://[::1]:9292/image//', 'http://[::1]:9292/image', '[::1]:9292'],
])('%s is an endpoint', (text, url, host) =>
  expect(parseServiceEndpoint(text, 'image service')).toEqual({ url, host }),
);

test.each(['', 'barbican:9311', 'ftp://host', '//host', 'http:// host', 'http://'])(
  '%p is none, and is repeated where it can hold no secret',
  (text) =>
    expect(errorOf(text)).toMatch(/^the endpoint .*of the image service is no URL of the form http\(s\):\/\/host/),
);

test('what is wrong is shown', () => expect(errorOf('barbican:9311')).toContain("'barbican:9311'"));

test.each([
  'user:hush@host:9311',
  'http://user:hush@host',
  'http://:hush@host',
  'http://hush@host',
  'http://user:9?hush@host',
  'http://host/?token=hush',
  'http://host?hush',
  'http://host/#hush',
  'http://host\\@hush',
  'http://host/ hush',
  'http:// user:hush',
])('%s is none, and what may be a secret in it is not repeated', (text) => {
  expect(errorOf(text)).toMatch(/^the endpoint of the image service .*not repeated/);
  expect(errorOf(text)).not.toContain('hush');
});

test.each(['http://@host', 'http://host?', 'http://host#'])('%s has an empty part that none may have', (text) =>
  expect(errorOf(text)).toContain('no URL of the form'),
);
