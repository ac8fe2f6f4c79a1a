import type { ApiClient } from './api/api.client';
import { CliError } from './cli.error';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a volume that is named by id or by name. Throws `CliError` when none or several have the name. */
export async function volumeIdOf(client: ApiClient, reference: string): Promise<string> {
  if (uuid.test(reference)) return reference.toLowerCase();
  const query = { name: reference, limit: 2 };
  const { volumes } = await client.ask<{ volumes: { id: string }[] }>('/v3/volumes', { query });
  const [volume, another] = volumes;
  if (!volume) throw new CliError(`there is no volume with the name or id '${reference}'`, 3);
  if (another) throw new CliError(`several volumes are named '${reference}': give an id`, 2);
  return volume.id;
}
