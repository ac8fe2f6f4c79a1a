import { resolve } from 'node:path';
import { installBarbican } from './barbican.install';
import { runBarbican } from './barbican.process';
import type { GuardedByKeystone } from './glance.config';

/** A secret as it is stored with one request; without a payload it has none yet. */
export interface SecretToStore {
  readonly projectId: string;
  readonly type: 'certificate' | 'private' | 'opaque';
  /** A text is stored as `text/plain`, bytes as `application/octet-stream`. */
  readonly payload?: string | Buffer;
}

/** A real Barbican of Debian's packages on a loopback port. */
export interface Barbican {
  /** Root of the API, without a version: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Stores a secret, where callers are who they say; its id. */
  store(secret: SecretToStore): Promise<string>;
  stop(): Promise<void>;
}

export interface BarbicanOptions {
  readonly directory: string;
  /** Callers are known by it; without one they are who they say. */
  readonly guard?: GuardedByKeystone;
}

/** Installs Debian's Barbican where it is missing (as root; about a minute, once), and starts one with its state below `directory`. */
export async function startBarbican({ directory, guard }: BarbicanOptions): Promise<Barbican> {
  await installBarbican();
  const barbican = await runBarbican(resolve(directory), guard);
  const { url } = barbican.notes;
  return { url, store: (secret) => store(url, secret), stop: () => barbican.stop() };
}

async function store(url: string, { projectId, type, payload }: SecretToStore): Promise<string> {
  const response = await fetch(`${url}/v1/secrets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-project-id': projectId },
    body: JSON.stringify({
      name: 'stored by a test',
      secret_type: type,
      ...payloadFields(payload),
    }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = await response.text();
  const id = /"secret_ref": "[^"]*\/v1\/secrets\/([0-9a-f-]{36})"/.exec(answer)?.[1];
  if (response.status !== 201 || id === undefined) throw new Error(`Barbican answered ${response.status}: ${answer}`);
  return id;
}

function payloadFields(payload: string | Buffer | undefined): object {
  if (payload === undefined) return {};
  if (typeof payload === 'string') return { payload, payload_content_type: 'text/plain' };
  return {
    payload: payload.toString('base64'),
    payload_content_type: 'application/octet-stream',
    payload_content_encoding: 'base64',
  };
}
