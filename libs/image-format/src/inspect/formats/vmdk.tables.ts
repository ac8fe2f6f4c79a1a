import { isZero } from '../../zeros';
import { type Asking, scan, type Stretch } from '../asking';
import type { FailedCheck } from '../failed-check';
import { NumberSet } from '../number-set';
import { descriptorAt } from './vmdk.descriptor';
import { grainDirectoryEnd, isCompressed, sectorBytes, type VmdkHeader } from './vmdk.header';

/** So many grain tables map 32 TiB with grains of 64 KiB. What a larger directory names is not compared. */
const tablesMax = 2 ** 20;
/** Entries below it are no places: 0 is not allocated, 1 is zeros. */
const firstPlace = 2;

/**
 * Looks at the grain directory and the grain tables behind it while they pass: no two tables may lie over each other, nor may two
 * grains. What comes before the directory has gone by then and is not looked at; so it is with all of them where a footer at the end
 * says where the directory was.
 */
export function* checkTables(header: VmdkHeader): Asking<FailedCheck | undefined> {
  const offset = Number(header.directorySector) * sectorBytes;
  let passed = descriptorAt + header.descriptorBytes;
  const tables: number[] = [];
  const isTooLarge = yield* scan({ offset, length: grainDirectoryEnd(header) - offset }, passed, (piece) => {
    for (const place of placesIn(piece)) tables.push(place);
    return tables.length > tablesMax ? true : undefined;
  });
  if (isTooLarge) return undefined;
  tables.sort((a, b) => a - b);
  const length = header.entriesOfTable * 4;
  const over = tables.find((sector, index) => (sector - (tables[index - 1] ?? -Infinity)) * sectorBytes < length);
  if (over !== undefined) return { check: 'grain-directory', detail: `two of its grain tables lie at sector ${over}` };

  passed = Math.max(passed, grainDirectoryEnd(header));
  const grains = new NumberSet();
  for (const stretch of joined(tables, length)) {
    const grain = yield* scan(stretch, passed, (piece) => findOver(piece, grains, header));
    if (grain !== undefined) return { check: 'grain-table', detail: `two of its grains lie at sector ${grain}` };
    passed = Math.max(passed, stretch.offset + stretch.length);
  }
  return undefined;
}

/** Tables that lie behind each other without a gap, as one stretch. */
function* joined(tables: readonly number[], tableBytes: number): Generator<Stretch> {
  let [offset, end] = [0, 0];
  for (const table of tables) {
    const at = table * sectorBytes;
    if (at !== end) {
      if (end > offset) yield { offset, length: end - offset };
      offset = at;
    }
    end = at + tableBytes;
  }
  if (end > offset) yield { offset, length: end - offset };
}

/** Grains that begin closer to each other than a grain is long lie over each other; of compressed ones only the places are known. */
function findOver(table: Buffer, begun: NumberSet, header: VmdkHeader): number | undefined {
  const sectors = isCompressed(header) ? 1 : Number(header.grainSectors);
  return placesIn(table).find((sector) => !begun.add(Math.floor(sector / sectors)));
}

function placesIn(table: Buffer): number[] {
  if (isZero(table)) return [];
  const places: number[] = [];
  for (let at = 0; at < table.length; at += 4) {
    const sector = table.readUInt32LE(at);
    if (sector >= firstPlace) places.push(sector);
  }
  return places;
}
