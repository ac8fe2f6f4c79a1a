import { eventually } from '@hearth/testing';

const projectId = 'demo';
/** A token of the development mode: project, user, roles. */
const headers = { 'x-auth-token': `${projectId}:alice:member`, 'content-type': 'application/json' };

/** A volume as the API shows it, as far as this tool looks. */
export interface ShownVolume {
  readonly id: string;
  readonly status: string;
  readonly size: number;
  readonly bootable: string;
}

/** Creates a volume from an image and waits until it can be used; says how long that took. */
export async function createFromImage(
  url: string,
  { name, imageId, sizeGib }: { name: string; imageId: string; sizeGib: number },
): Promise<{ volume: ShownVolume; tookMs: number }> {
  const started = performance.now();
  const body = { volume: { name, size: sizeGib, imageRef: imageId } };
  const { id } = await call(url, 'POST', '/volumes', body);
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

async function call(url: string, method: string, path: string, body?: object): Promise<ShownVolume> {
  const response = await fetch(`${url}/v3/${projectId}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  return (JSON.parse(text) as { volume: ShownVolume }).volume;
}
