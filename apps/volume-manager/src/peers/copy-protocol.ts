import { type PoolRef, parsePoolRef } from '@hearth/kernel';
import { z } from 'zod';

/** Which copy of whose. */
export interface CopyRef {
  readonly pool: PoolRef;
  readonly generation: number;
}

/** What a peer answers that has a copy. All else about the copy is in the log. */
export const copyOfferSchema = z.object({
  pool: z.string().transform((text, context) => {
    if (parsePoolRef(text)) return text as PoolRef;
    context.addIssue({ code: 'custom', message: 'is no host@backend#pool' });
    return z.NEVER;
  }),
  generation: z.int().min(1),
  contentDigest: z.string(),
});

export type CopyOffer = Readonly<z.infer<typeof copyOfferSchema>>;

export const framesContentType = 'application/vnd.hearth.disk-frames.v1';

/** Asks whether there is a ready copy of a content. */
export const offerPath = (content: string): string => `/v1/copies?content=${encodeURIComponent(content)}`;

/** Which part of a disk is asked for, and in which transfer. */
export interface DiskPart {
  readonly fromByte: number;
  /** A UUID: where it is asked with again, the connection before is given up. */
  readonly transfer: string | undefined;
}

/** Asks for the data of a copy's disk from a byte on. */
export const diskPath = ({ pool, generation }: CopyRef, { fromByte, transfer }: DiskPart): string =>
  `/v1/copies/${encodeURIComponent(pool)}/${generation}/disk?from=${fromByte}${transfer ? `&transfer=${transfer}` : ''}`;

/** What a request of either kind asks for; undefined for any other. */
export type CopyRequest =
  { readonly kind: 'offer'; readonly content: string } | ({ readonly kind: 'disk'; readonly copy: CopyRef } & DiskPart);

export function parseRequest(target: string): CopyRequest | undefined {
  const base = 'https://peer';
  if (!URL.canParse(target, base)) return undefined;
  const { pathname, searchParams } = new URL(target, base);
  const content = searchParams.get('content');
  if (pathname === '/v1/copies') return content ? { kind: 'offer', content } : undefined;
  const [, encodedPool, generation] = /^\/v1\/copies\/([^/]+)\/(\d{1,15})\/disk$/.exec(pathname) ?? [];
  const from = searchParams.get('from') ?? '0';
  const pool = decoded(encodedPool ?? '');
  if (!generation || !/^\d{1,15}$/.test(from) || !parsePoolRef(pool)) return undefined;
  const transfer = searchParams.get('transfer') ?? undefined;
  if (transfer !== undefined && !/^[0-9a-f-]{36}$/.test(transfer)) return undefined;
  const copy = { pool: pool as PoolRef, generation: Number(generation) };
  return { kind: 'disk', copy, fromByte: Number(from), transfer };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
