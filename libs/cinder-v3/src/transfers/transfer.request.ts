import { invalidInput } from '../fault';
import { booleanOf } from '../http/boolean-text';
import { filtersIn, type PageQuery, readAllTenants, readPage } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

const textMax = 255;

/** The body of a create: `no_snapshots` is known from 3.55 on. */
export const createTransferSchema = (minor: number): WireSchema => ({
  type: 'object',
  properties: {
    transfer: {
      type: 'object',
      properties: {
        volume_id: { type: 'string', format: 'uuid' },
        name: { type: ['string', 'null'], maxLength: textMax },
        ...(minor >= 55 && { no_snapshots: { type: ['boolean', 'string'] } }),
      },
      required: ['volume_id'],
      additionalProperties: false,
    },
  },
  required: ['transfer'],
  additionalProperties: false,
});

/** The body of an accept. */
export const acceptTransferSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    accept: {
      type: 'object',
      properties: { auth_key: { type: 'string', minLength: 1, maxLength: textMax } },
      required: ['auth_key'],
      additionalProperties: false,
    },
  },
  required: ['accept'],
  additionalProperties: false,
});

export interface CreateTransferRequest {
  readonly volumeId: string;
  readonly name: string | null;
  readonly noSnapshots: boolean;
}

/** Reads the body of a create. Throws a fault of 400. */
export function parseCreateTransfer(body: unknown, minor: number): CreateTransferRequest {
  checkWireSchema(body, createTransferSchema(minor));
  checkStorable(body, 'transfer');
  const { transfer } = body as { readonly transfer: Readonly<Record<string, unknown>> };
  const { volume_id, name, no_snapshots } = transfer;
  return {
    volumeId: String(volume_id),
    name: typeof name === 'string' ? name.trim() : null,
    noSnapshots: typeof no_snapshots === 'string' ? booleanOf(no_snapshots, 'no_snapshots') : no_snapshots === true,
  };
}

/** Reads the key out of the body of an accept. Throws a fault of 400. */
export function parseAcceptTransfer(body: unknown): string {
  checkWireSchema(body, acceptTransferSchema());
  return (body as { readonly accept: { readonly auth_key: string } }).accept.auth_key;
}

const sortFields = {
  id: 'id',
  created_at: 'createdAt',
  name: 'name',
  display_name: 'name',
  volume_id: 'volumeId',
} as const;

export interface ListTransfersQuery extends PageQuery {
  readonly allTenants: boolean;
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  readonly filters: { readonly id?: string; readonly name?: string; readonly volumeId?: string };
}

/** Sorting came with 3.59; before, it is passed over. */
const sortMinor = 59;

/** Reads the query of a list. Throws a fault of 400. */
export function parseListTransfers(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListTransfersQuery {
  const page = readPage(query);
  const filters = filtersIn(query, minor);
  const [id, name, volumeId] = ['id', 'name', 'volume_id'].map((key) => filters.get(key) ?? undefined);
  if (volumeId !== undefined && volumeId.length > textMax) throw invalidInput('volume_id is too long.');
  return {
    ...page,
    allTenants: readAllTenants(query, isAdmin),
    sort: minor >= sortMinor ? readSortKeys(query, sortFields) : undefined,
    filters: {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(volumeId !== undefined && { volumeId }),
    },
  };
}
