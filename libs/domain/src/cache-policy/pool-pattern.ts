import { type PoolRef, poolParts } from '@hearth/kernel';

/**
 * Whether a policy's pattern is about a pool: `*` is about all, `host@backend` about all of a backend; `*` in a pattern stands for any
 * text, none included, and everything else for itself.
 */
export function matchesPool(pattern: string, pool: PoolRef): boolean {
  const { host, backend } = poolParts(pool);
  return matchesText(pattern, pool) || matchesText(pattern, `${host}@${backend}`);
}

/** In one pass: between stars the first place is as good as any. */
function matchesText(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
