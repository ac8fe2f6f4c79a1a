import type { CatalogueService } from './keystone.record';
import { KeystoneError } from './keystone-error';

export type EndpointInterface = 'internal' | 'public' | 'admin';

/** Which of a service's endpoints is asked. */
export interface EndpointChoice {
  readonly interface: EndpointInterface;
  /** Undefined: the only one that there is. */
  readonly region: string | undefined;
}

/**
 * The URLs of a service; mostly one. Throws `KeystoneError` of the kind `no-endpoint`, also where no region was chosen and the service is
 * in several: nobody wants bytes from another continent by chance.
 */
export function endpointsOf(
  catalogue: readonly CatalogueService[],
  type: string,
  choice: EndpointChoice,
): readonly string[] {
  const all = catalogue
    .filter((service) => service.type === type)
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.interface === choice.interface)
    .map(({ url, region_id: id, region }) => ({ url, region: id ?? region ?? '' }));
  const regions = [...new Set(all.map(({ region }) => region))];
  const what = `${choice.interface} endpoint of the type '${type}'`;
  if (choice.region === undefined && regions.length > 1) {
    const detail = `the catalogue has the ${what} in ${regions.join(', ')}, and no region is configured`;
    throw new KeystoneError('no-endpoint', detail);
  }
  const urls = all.filter(({ region }) => choice.region === undefined || region === choice.region);
  if (urls.length > 0) return urls.map(({ url }) => url);
  const where = choice.region === undefined ? '' : ` in the region ${choice.region}`;
  throw new KeystoneError('no-endpoint', `the catalogue has no ${what}${where}`);
}
