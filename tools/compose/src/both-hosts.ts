import { createVolume, type ShownVolume } from './volume-calls';

/** Names of the hosts in the compose file. */
const hosts = ['store-01', 'store-02'];
/** Within the default quota of ten volumes, beside the two that were made from an image. */
const volumesMax = 6;
/** So much that a volume tips the scales between two hosts whose folders share a disk; a blank volume takes no room. */
const sizeGib = 20;

/** Makes blank volumes until each host holds one, as the roomier host is preferred. Throws when one is passed over. */
export async function volumeOnEachHost(url: string): Promise<ShownVolume[]> {
  const volumes: ShownVolume[] = [];
  const isUsed = (host: string) => volumes.some((volume) => volume['os-vol-host-attr:host']?.startsWith(`${host}@`));
  while (!hosts.every(isUsed) && volumes.length < volumesMax) {
    volumes.push((await createVolume(url, { name: `blank-${volumes.length + 1}`, sizeGib })).volume);
  }
  const unused = hosts.filter((host) => !isUsed(host));
  if (unused.length > 0) throw new Error(`none of ${volumes.length} blank volumes was made on ${unused.join(', ')}`);
  return volumes;
}
