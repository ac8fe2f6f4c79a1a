import { randomUUID } from 'node:crypto';
import { KeyManagerError, type KeyManagerProblem } from '../key-manager/key-manager';
import { type KeyOptions, type KeyStore, type NewKey, type SymmetricKey, keyId } from '../key-manager/key-store';

interface KeptKey extends NewKey {
  /** The token of who stored it; undefined for the service itself. */
  readonly owner: string | undefined;
  /** Users who are let in besides. */
  readers: readonly string[];
}

/** A key manager in memory: a key can be read and removed by who stored it. */
export class MemoryKeyStore implements KeyStore {
  readonly kept = new Map<string, KeptKey>();
  private failures: KeyManagerProblem[] = [];

  /** The next calls fail so, one each. */
  fail(...problems: readonly KeyManagerProblem[]): void {
    this.failures.push(...problems);
  }

  async store(key: NewKey, { token }: KeyOptions = {}): Promise<string> {
    this.failOnce();
    const id = randomUUID();
    this.kept.set(id, { ...key, bytes: Buffer.from(key.bytes), owner: token, readers: [] });
    return id;
  }

  async key(id: string, { token }: KeyOptions = {}): Promise<SymmetricKey> {
    const { algorithm, bytes } = this.find(id, token);
    return { algorithm, bytes: Buffer.from(bytes) };
  }

  async remove(id: string, { token }: KeyOptions = {}): Promise<void> {
    this.failOnce();
    if (!this.kept.has(id)) return;
    this.find(id, token);
    this.kept.delete(id);
  }

  async allow(id: string, userId: string, { token, instead }: KeyOptions & { readonly instead?: boolean } = {}) {
    const kept = this.find(id, token);
    kept.readers = instead ? [userId] : [...new Set([...kept.readers, userId])];
  }

  async close(): Promise<void> {}

  private find(id: string, token: string | undefined): KeptKey {
    this.failOnce();
    const kept = this.kept.get(keyId(id));
    if (!kept) throw new KeyManagerError('not-found', `there is no key ${id}`);
    if (kept.owner !== token) throw new KeyManagerError('forbidden', `the key ${id} is another's`);
    return kept;
  }

  private failOnce(): void {
    const problem = this.failures.shift();
    if (problem) throw new KeyManagerError(problem, `the test wants ${problem}`);
  }
}
