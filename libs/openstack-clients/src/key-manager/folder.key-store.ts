import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KeyManagerError } from './key-manager';
import { type KeyStore, type NewKey, type SymmetricKey, keyId } from './key-store';

const fileSchema = z.object({ name: z.string(), algorithm: z.string(), key: z.base64().min(1) });
const fileBytesMax = 4_096;

/**
 * Keys as files of one folder that the api and the hosts share: `<uuid>.json`, of mode 0600. For trying out: whoever reads the folder
 * has every key, and nobody is asked who may use one.
 */
export class FolderKeyStore implements KeyStore {
  constructor(private readonly directory: string) {}

  async store({ name, algorithm, bytes }: NewKey): Promise<string> {
    const id = randomUUID();
    const path = this.pathOf(id);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify({ name, algorithm, key: bytes.toString('base64') }));
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(this.directory);
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw asProblem(error, path);
    }
    return id;
  }

  async key(uuid: string): Promise<SymmetricKey> {
    const id = keyId(uuid);
    const path = this.pathOf(id);
    const content = await contentOf(path).catch(async (error: unknown) => {
      await this.mustBeThere();
      throw error;
    });
    const parsed = fileSchema.safeParse(content);
    // What was found there is a secret, or is taken for one: nothing of it is repeated.
    if (!parsed.success) throw new KeyManagerError('nonsense', `${path} holds no key`);
    return { algorithm: parsed.data.algorithm, bytes: Buffer.from(parsed.data.key, 'base64') };
  }

  async remove(uuid: string): Promise<void> {
    const path = this.pathOf(keyId(uuid));
    try {
      await this.mustBeThere();
      await rm(path, { force: true });
    } catch (error) {
      throw asProblem(error, path);
    }
  }

  /** Nobody reads keys here but us. */
  async allow(): Promise<void> {}

  async close(): Promise<void> {}

  private pathOf(id: string): string {
    return join(this.directory, `${id}.json`);
  }

  /** A folder that is gone, a mount that is missing, says nothing about a key. */
  private async mustBeThere(): Promise<void> {
    const found = await stat(this.directory).catch((cause: unknown) => {
      throw new KeyManagerError('away', `${this.directory} cannot be looked into: ${codeOf(cause)}`, { cause });
    });
    if (!found.isDirectory()) throw new KeyManagerError('away', `${this.directory} is no folder`);
  }
}

/** What a file holds, if it is JSON; undefined for anything else. */
async function contentOf(path: string): Promise<unknown> {
  let file: FileHandle | undefined;
  try {
    // Non-blocking: a pipe of that name would otherwise hold the call until somebody writes into it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(fileBytesMax);
    const { bytesRead } = await file.read(bytes, 0, fileBytesMax, 0);
    return asJson(bytes.toString('utf8', 0, bytesRead));
  } catch (error) {
    throw asProblem(error, path);
  } finally {
    await file?.close();
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A name that a power failure takes away again would leave a volume without its key. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const codeOf = (error: unknown) =>
  String(typeof error === 'object' && error && 'code' in error ? error.code : (error as Error).name);

function asProblem(error: unknown, path: string): KeyManagerError {
  if (error instanceof KeyManagerError) return error;
  const code = codeOf(error);
  const problem = code === 'ENOENT' ? 'not-found' : ['EACCES', 'EPERM'].includes(code) ? 'forbidden' : 'away';
  return new KeyManagerError(problem, `${path} cannot be used: ${code}`, { cause: error });
}
