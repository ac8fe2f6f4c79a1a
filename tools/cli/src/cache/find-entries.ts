import type { ApiClient } from '../api/api.client';
import { CliError } from '../cli.error';
import type { Entry } from './answers';

const uuid = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

/** Throws `CliError` for what cannot be the id of an image or of an entry. */
export function checkedId(reference: string, what: string): string {
  if (!uuid.test(reference)) throw new CliError(`'${reference}' is no id of ${what}`, 2);
  const digits = reference.replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The entries that are meant: those of an image, else the one of that id, also when its image-volume is gone. Throws `CliError` with
 * code 3 when there are none.
 */
export async function entriesMeant(
  client: ApiClient,
  reference: string,
  filters: { readonly pool?: string; readonly status?: string } = {},
): Promise<readonly Entry[]> {
  const id = checkedId(reference, 'an image or an entry');
  const ofImage = await client.askAll<Entry>('/v3/cache/entries', 'entries', { ...filters, image_id: id });
  if (ofImage.length > 0) return ofImage;
  const { status, isOk, body } = await client.look(`/v3/cache/entries/${id}`);
  if (isOk) return [(body as { entry: Entry }).entry];
  if (status === 404) {
    const where = filters.pool === undefined ? 'The caches hold' : `The cache of ${filters.pool} holds`;
    throw new CliError(`${where} no copy of an image ${id}, and there is no entry of that id`, 3);
  }
  // Asked again for the api's own words.
  return [(await client.ask<{ entry: Entry }>(`/v3/cache/entries/${id}`)).entry];
}

/** The one entry that is meant. Throws `CliError` with code 3 when there is none, and 2 when there are several. */
export async function entryMeant(
  client: ApiClient,
  reference: string,
  filters: { readonly pool?: string; readonly status?: string } = {},
): Promise<Entry> {
  const [entry, ...others] = await entriesMeant(client, reference, filters);
  if (others.length === 0) return entry!;
  const all = [entry!, ...others].map(({ id, pool }) => `${id} in ${pool}`).join(', ');
  throw new CliError(`of image ${reference} there are several entries: give --pool, or the id of one: ${all}`, 2);
}
