/** `#` and `@` of `host@backend#pool` have a meaning in URLs. */
export const poolPath = (pool: string) => `/v3/cache/pools/${encodeURIComponent(pool)}`;
