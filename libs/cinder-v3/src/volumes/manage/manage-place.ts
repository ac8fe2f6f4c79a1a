import { badRequest, invalidInput } from '../../fault';

/**
 * The host that a request about unmanaged objects names. There are no clusters here: whoever names one is told that it is not there.
 * Throws a fault of 400.
 */
export function placeOf(
  { host, cluster }: { readonly host?: string | null; readonly cluster?: string | null },
  mayNameCluster: boolean,
): string {
  const named = mayNameCluster ? cluster : undefined;
  if (!!named === !!host) {
    throw invalidInput(mayNameCluster ? 'One and only one of cluster and host must be set.' : 'Host field is missing.');
  }
  if (host) return host;
  throw badRequest(`Cluster '${String(named).slice(0, 255)}' not found`);
}
