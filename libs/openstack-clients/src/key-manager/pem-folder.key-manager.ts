import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateBytesMax, certificatePem } from './certificate-pem';
import { type CertificateOptions, KeyManagerError, type KeyManager, certificateId } from './key-manager';

const endings = ['pem', 'crt'] as const;

/**
 * Certificates as files of one folder: `<uuid>.pem` or `<uuid>.crt`, the uuid in lower case, the content PEM or DER. Files are
 * read anew each time, so that the folder may change under a running process.
 */
export class PemFolderKeyManager implements KeyManager {
  constructor(private readonly directory: string) {}

  async certificate(uuid: string, { signal }: CertificateOptions = {}): Promise<string> {
    const id = certificateId(uuid);
    for (const ending of endings) {
      signal?.throwIfAborted();
      const path = join(this.directory, `${id}.${ending}`);
      const bytes = await contentOf(path);
      if (bytes) return certificatePem(bytes, path);
    }
    await this.mustBeThere();
    throw new KeyManagerError('not-found', `${this.directory} holds neither ${id}.pem nor ${id}.crt`);
  }

  /** A folder that is gone, a mount that is missing, says nothing about the certificate. */
  private async mustBeThere(): Promise<void> {
    const found = await stat(this.directory).catch((cause: unknown) => {
      throw asProblem(cause, this.directory);
    });
    if (!found.isDirectory()) throw new KeyManagerError('away', `${this.directory} is no folder`);
  }
}

/** The bytes of a file; undefined when there is none. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    // Non-blocking: a pipe of that name would otherwise hold the call until somebody writes into it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readBounded(file, path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw asProblem(error, path);
  } finally {
    await file?.close();
  }
}

async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  if (!(await file.stat()).isFile()) throw new KeyManagerError('nonsense', `${path} is no regular file`);
  const bytes = Buffer.alloc(certificateBytesMax + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (length > certificateBytesMax) {
      throw new KeyManagerError('nonsense', `${path} is larger than ${certificateBytesMax} bytes: no certificate is`);
    }
    if (bytesRead === 0) return bytes.subarray(0, length);
  }
}

const codeOf = (error: unknown) => (typeof error === 'object' && error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)));

function asProblem(error: unknown, path: string): KeyManagerError {
  if (error instanceof KeyManagerError) return error;
  const code = String(codeOf(error));
  const problem = ['EACCES', 'EPERM'].includes(code) ? 'forbidden' : 'away';
  return new KeyManagerError(problem, `${path} cannot be read: ${code}`, { cause: error });
}
