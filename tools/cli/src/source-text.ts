/** Where bytes came from, as the API tells it; hosts are for administrators. */
export interface Source {
  readonly kind: string;
  readonly host?: string | null;
  readonly declined?: readonly { readonly host: string; readonly reason: string }[];
}

/** `peer store-02; not store-03: busy`, or `-`. */
export function sourceText(source: Source | null | undefined): string {
  if (!source) return '-';
  const { kind, host, declined = [] } = source;
  const from = host ? `${kind} ${host}` : kind;
  return [from, ...declined.map(({ host: peer, reason }) => `not ${peer}: ${reason}`)].join('; ');
}
