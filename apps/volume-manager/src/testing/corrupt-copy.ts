import type { CacheEntry } from '@hearth/domain';
import type { TestHouse } from './test-house';

/** Other bytes where a copy begins, as a device that lies would give them. */
export function corruptCopy(house: TestHouse, { imageVolumeId }: CacheEntry, backend = 'fast'): void {
  const { pages } = house.backend(backend).objects.get(`volume-${imageVolumeId}`)!;
  const page = Buffer.from(pages.get(0)!);
  page[7]! ^= 1;
  pages.set(0, page);
}
