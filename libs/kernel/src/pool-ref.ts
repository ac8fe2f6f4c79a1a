import type { Brand } from './ids';

/** `host@backend#pool`, as in Cinder's host string: a place on a backend with a capacity of its own. */
export type PoolRef = Brand<string, 'PoolRef'>;

export interface PoolParts {
  readonly host: string;
  readonly backend: string;
  readonly pool: string;
}

const poolRefPattern = /^([^@#\s]+)@([^@#\s]+)#([^@#\s]+)$/;

/** The parts of a `host@backend#pool`; undefined when the text is none. */
export function parsePoolRef(text: string): PoolParts | undefined {
  const [, host, backend, pool] = poolRefPattern.exec(text) ?? [];
  return host && backend && pool ? { host, backend, pool } : undefined;
}

/** The text of a pool reference; throws when a part is empty or holds `@`, `#` or white space. */
export function poolRef(parts: PoolParts): PoolRef {
  const text = `${parts.host}@${parts.backend}#${parts.pool}`;
  if (!poolRefPattern.test(text)) throw new Error(`not a pool reference (host@backend#pool): '${text}'`);
  return text as PoolRef;
}

/** The parts of a reference that is known to be one. */
export function poolParts(ref: PoolRef): PoolParts {
  const parts = parsePoolRef(ref);
  if (!parts) throw new Error(`not a pool reference (host@backend#pool): '${ref}'`);
  return parts;
}
