import { type TemporaryDirectory, certificateFor, temporaryDirectory } from '@hearth/testing';
import { runProgram } from '@hearth/testing/servers';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyManagerError } from './key-manager';
import { PemFolderKeyManager } from './pem-folder.key-manager';

const id = '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const pem = certificateFor({ publicKey });
const otherPem = certificateFor({ publicKey });
const der = new X509Certificate(pem).raw;
const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

const file = (name: string) => join(directory.path, name);
const read = (uuid = id, signal?: AbortSignal) => new PemFolderKeyManager(directory.path).certificate(uuid, { signal });

async function errorOf(work: Promise<unknown>): Promise<KeyManagerError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  return error;
}

describe('a certificate in the folder', () => {
  test.each<[string, string, string | Buffer]>([
    ['PEM', `${id}.pem`, pem],
    ['PEM', `${id}.crt`, pem],
    ['DER', `${id}.crt`, der],
    ['base64 of DER, with line breaks', `${id}.pem`, der.toString('base64').replace(/.{64}/g, '$&\r\n')],
    ['base64 of PEM', `${id}.pem`, Buffer.from(pem).toString('base64')],
    ['a chain, of which it is the first', `${id}.pem`, `${pem}${otherPem}`],
  ])('as %s in %s is read', async (_, name, content) => {
    await writeFile(file(name), content);
    expect(await read()).toBe(pem);
  });

  test('is found by its id in upper case', async () => {
    await writeFile(file(`${id}.pem`), pem);
    expect(await read(id.toUpperCase())).toBe(pem);
  });

  test('may be a link, as mounted secrets are', async () => {
    await writeFile(file('data'), pem);
    await symlink('data', file(`${id}.pem`));
    expect(await read()).toBe(pem);
  });

  test('that came after a first look is found at the second', async () => {
    expect((await errorOf(read())).problem).toBe('not-found');
    await writeFile(file(`${id}.pem`), pem);
    expect(await read()).toBe(pem);
  });
});

describe('no certificate', () => {
  test.each(['', 'x', `../${id}`, `${id}/../../etc/passwd`, `${id}\0`, `${id}\n`, `${id}.pem`])(
    'has the id %p, which is no uuid and goes into no path',
    async (uuid) => {
      await writeFile(file(`${id}.pem`), pem);
      expect((await errorOf(read(uuid))).problem).toBe('not-found');
    },
  );

  test('where there is no file: both names are told', async () => {
    const { problem, message } = await errorOf(read());
    expect([problem, message]).toEqual(['not-found', expect.stringContaining(`neither ${id}.pem nor ${id}.crt`)]);
  });

  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['a private key', secret],
    ['a cut certificate', pem.slice(0, 200)],
    ['cut DER', der.subarray(0, 100)],
    ['more than a certificate takes', Buffer.alloc(70_000, pem)],
  ])('is %s, and nothing of it is repeated', async (_, content) => {
    await writeFile(file(`${id}.pem`), content);
    const { problem, message } = await errorOf(read());
    expect(problem).toBe('nonsense');
    expect(message).toContain(`${id}.pem`);
    expect(message).not.toContain(secret.slice(40, 60));
  });

  test('is a folder of that name', async () => {
    await mkdir(file(`${id}.pem`));
    expect((await errorOf(read())).problem).toBe('nonsense');
  });

  test('is a pipe of that name, which nobody writes into', async () => {
    await runProgram(['mkfifo', file(`${id}.pem`)]);
    expect((await errorOf(read())).problem).toBe('nonsense');
  });

  test.each(['missing', 'file'])('is in a folder that is none (%s): the key manager is away', async (name) => {
    await writeFile(file('file'), '');
    const error = await errorOf(new PemFolderKeyManager(file(name)).certificate(id));
    expect([error.problem, error.message]).toEqual(['away', expect.stringContaining(file(name))]);
  });

  test('is read for somebody who has called it off', async () => {
    await writeFile(file(`${id}.pem`), pem);
    const off = new Error('called off');
    await expect(read(id, AbortSignal.abort(off))).rejects.toBe(off);
  });
});
