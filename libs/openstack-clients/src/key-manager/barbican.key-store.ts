import { z } from 'zod';
import { BarbicanHttp, type BarbicanOptions } from './barbican.http';
import { octets, payloadType, secretSchema } from './barbican.secret';
import { KeyManagerError } from './key-manager';
import { type KeyOptions, type KeyStore, type NewKey, type SymmetricKey, keyId } from './key-store';

type AllowOptions = KeyOptions & { readonly instead?: boolean };

const storedSchema = z.looseObject({ secret_ref: z.string() });
const aclSchema = z.looseObject({ read: z.looseObject({ users: z.array(z.string()).nullish() }).optional() });

/** Another process that lets somebody in at the same time replaces our list: what was asked for is looked at again, so many times. */
const allowAttemptsMax = 4;

/**
 * Keys as secrets of Barbican, by its API v1: of the type `symmetric`, stored and read as Castellan does for Cinder and Nova. Barbican
 * names users, not projects, in what it allows beyond the secret's own project (`/acl`).
 */
export class BarbicanKeyStore implements KeyStore {
  private readonly http: BarbicanHttp;
  /** Of each secret, the last who lets somebody in: the list is read, and written as a whole. */
  private readonly allowing = new Map<string, Promise<void>>();

  /** Throws when the endpoint is no URL. */
  constructor(options: BarbicanOptions) {
    this.http = new BarbicanHttp(options);
  }

  async store({ name, algorithm, bytes }: NewKey, { signal, token }: KeyOptions = {}): Promise<string> {
    const body = {
      name,
      algorithm,
      bit_length: bytes.length * 8,
      secret_type: 'symmetric',
      payload: bytes.toString('base64'),
      payload_content_type: octets,
      payload_content_encoding: 'base64',
    };
    const what = 'the storing of a key';
    const question = { method: 'POST', path: '/secrets', body, what, signal, token } as const;
    const { secret_ref: reference } = await this.http.askJson(question, storedSchema);
    const id = reference.split('/').at(-1) ?? '';
    if (z.uuid().safeParse(id).success) return id.toLowerCase();
    throw new KeyManagerError('nonsense', "the key manager's answer for the storing of a key ends in no id");
  }

  async key(uuid: string, { signal, token }: KeyOptions = {}): Promise<SymmetricKey> {
    const { path, what } = secretOf(uuid);
    const secret = await this.http.askJson({ method: 'GET', path, what, signal, token }, secretSchema);
    const bytes = await this.http.ask({
      ...{ method: 'GET', path: `${path}/payload`, what: `the payload of ${what}`, signal, token },
      accept: payloadType(secret, { type: 'symmetric', what }),
    });
    if (bytes.length === 0) throw new KeyManagerError('nonsense', `the payload of ${what} is empty`);
    return { algorithm: secret.algorithm ?? 'aes', bytes };
  }

  async remove(uuid: string, { signal, token }: KeyOptions = {}): Promise<void> {
    const { path, what } = secretOf(uuid);
    try {
      await this.http.ask({ method: 'DELETE', path, what: `the removal of ${what}`, signal, token });
    } catch (error) {
      if (!(error instanceof KeyManagerError) || error.problem !== 'not-found') throw error;
    }
  }

  allow(uuid: string, userId: string, options: AllowOptions = {}): Promise<void> {
    const before = this.allowing.get(uuid) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => this.allowInTurn(uuid, userId, options));
    const turn = work.finally(() => {
      if (this.allowing.get(uuid) === turn) this.allowing.delete(uuid);
    });
    this.allowing.set(uuid, turn);
    return turn;
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async allowInTurn(uuid: string, userId: string, { signal, token, instead = false }: AllowOptions) {
    const { path, what } = secretOf(uuid);
    const acl = { path: `${path}/acl`, what: `the readers of ${what}`, signal, token };
    const readers = async () => (await this.http.askJson({ method: 'GET', ...acl }, aclSchema)).read?.users ?? [];
    const isDone = (users: readonly string[]) => users.includes(userId) && (!instead || users.length === 1);
    for (let attempt = 1; attempt <= allowAttemptsMax; attempt += 1) {
      const before = await readers();
      if (isDone(before)) return;
      const users = instead ? [userId] : [...before, userId];
      await this.http.ask({ method: 'PUT', ...acl, body: { read: { users, 'project-access': true } } });
    }
    if (!isDone(await readers())) throw new KeyManagerError('away', `others change ${acl.what} all the time`);
  }
}

function secretOf(uuid: string) {
  const id = keyId(uuid);
  return { path: `/secrets/${id}`, what: `secret ${id}` };
}
