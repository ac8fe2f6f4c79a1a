import { eventually } from '@hearth/testing';

const projectId = 'demo';
/** A token of the development mode: project, user, roles. An administrator is told the host of a volume. */
const headers = { 'x-auth-token': `${projectId}:alice:member,admin`, 'content-type': 'application/json' };

/** A volume as the API shows it, as far as this tool looks. */
export interface ShownVolume {
  readonly id: string;
  readonly status: string;
  readonly size: number;
  readonly bootable: string;
  /** `host@backend#pool`; null until the volume has a place. */
  readonly 'os-vol-host-attr:host': string | null;
}

/** What a volume is to be; blank without an image. */
export interface WantedVolume {
  readonly name: string;
  readonly sizeGib: number;
  readonly imageId?: string;
}

/** Creates a volume and waits until it can be used; says how long that took. */
export async function createVolume(
  url: string,
  { name, sizeGib, imageId }: WantedVolume,
): Promise<{ volume: ShownVolume; tookMs: number }> {
  const started = performance.now();
  const { id } = await call(url, 'POST', '/volumes', { volume: { name, size: sizeGib, imageRef: imageId } });
  const volume = await eventually(
    async () => {
      const shown = await call(url, 'GET', `/volumes/${id}`);
      return shown.status === 'available' || shown.status.startsWith('error') ? shown : undefined;
    },
    { timeoutMs: 120_000, intervalMs: 20, what: `volume ${id} becoming available` },
  );
  if (volume.status !== 'available') throw new Error(`volume ${id} ended as ${volume.status}, not available`);
  return { volume, tookMs: performance.now() - started };
}

/** Deletes a volume and waits until the API knows it no more. */
export async function deleteVolume(url: string, id: string): Promise<void> {
  const asked = await send(url, 'DELETE', `/volumes/${id}`);
  if (asked.status !== 202) throw new Error(`deleting volume ${id} was answered with ${asked.status}: ${asked.text}`);
  const isGone = async () => (await send(url, 'GET', `/volumes/${id}`)).status === 404;
  await eventually(isGone, { timeoutMs: 60_000, intervalMs: 20, what: `the end of volume ${id}` });
}

async function call(url: string, method: string, path: string, body?: object): Promise<ShownVolume> {
  const { ok, status, text } = await send(url, method, path, body);
  if (!ok) throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
  return (JSON.parse(text) as { volume: ShownVolume }).volume;
}

async function send(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ ok: boolean; status: number; text: string }> {
  const response = await fetch(`${url}/v3/${projectId}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}
