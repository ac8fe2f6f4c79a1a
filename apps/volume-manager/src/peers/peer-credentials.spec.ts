import { TestAuthority, type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { keptLog } from '../testing/kept-log';
import { type CredentialFiles, PeerCredentials, isOfHost } from './peer-credentials';

const authority = new TestAuthority();
const host = 'store-01';
let folder: TemporaryDirectory;
let files: CredentialFiles;
beforeEach(async () => {
  folder = await temporaryDirectory();
  files = await authority.issue(folder.path, host);
});
afterEach(() => folder.remove());

const open = (patch: Partial<CredentialFiles> = {}, name = host) =>
  PeerCredentials.open({ files: { ...files, ...patch }, host: name, log: keptLog() });

test('files that belong together are credentials of their host', async () => {
  const credentials = await open();
  expect(credentials.context).toBeDefined();
  credentials.close();
});

test('what is wrong with them is told with the file', async () => {
  const other = await authority.issue(join(folder.path, 'other'), host);
  const text = join(folder.path, 'text');
  await writeFile(text, 'no certificate');
  await expect(open({ certificate: join(folder.path, 'nowhere') })).rejects.toThrow(
    /certificate cannot be read.*nowhere/,
  );
  await expect(open({ certificate: text })).rejects.toThrow(/certificate, .*text, holds no certificate/);
  await expect(open({ authorities: text })).rejects.toThrow(/authorities, .*text, holds no certificate/);
  await expect(open({ key: other.key })).rejects.toThrow(/the key .*host\.key cannot be used/);
  await expect(open({}, 'store-02')).rejects.toThrow(/names store-01, not this host, store-02/);
});

test('a certificate that is out of date is complained of, and costs nothing else', async () => {
  const expired = await authority.issue(join(folder.path, 'expired'), host, { validTo: new Date(Date.now() - 1_000) });
  const log = keptLog();
  const credentials = await PeerCredentials.open({ files: expired, host, log });
  credentials.close();
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
});

const certificate = (CN: string, subjectaltname?: string) =>
  ({ subject: { CN }, ...(subjectaltname !== undefined && { subjectaltname }) }) as Pick<
    PeerCertificate,
    'subject' | 'subjectaltname'
  >;

test.each([
  ['its name for DNS', certificate('any', 'DNS:a, DNS:Store-01'), true],
  ['its common name', certificate('store-01'), true],
  ['its common name beside other names for DNS', certificate('store-01', 'DNS:store-02'), false],
  ['a wildcard', certificate('x', 'DNS:*'), false],
  ['a name that holds it', certificate('x', 'DNS:store-01.example'), false],
  ['a name hidden in another', certificate('x', 'DNS:"evil, DNS:store-01"'), false],
  ['an address', certificate('x', 'IP Address:10.0.0.1'), false],
])('a certificate with %s', (_, names, expected) => {
  expect(isOfHost(names, host)).toBe(expected);
});
