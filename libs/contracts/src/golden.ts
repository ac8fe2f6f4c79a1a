/**
 * Where the golden file of an event's version stands, below the sources of the contracts: `volume/__golden__/volume-requested.v1.json`.
 * One name for the tool that writes them and the spec that reads them.
 */
export function goldenFile(category: string, type: string, version: number): string {
  const words = type.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  return `${category}/__golden__/${words}.v${version}.json`;
}
