import { type Asking, scan, type Stretch } from '../asking';
import { NumberSet } from '../number-set';

const entryBytes = 8;
/** The state of a block that is wholly in the file. All other states leave the place without a meaning. */
const fullyPresent = 6;

/** Every place in the file belongs to one block at most: says what is wrong, if that is not so. Places are counted in whole mebibytes. */
export function checkBlocks(table: Stretch, passed: number): Asking<string | undefined> {
  const seen = new NumberSet();
  return scan(table, passed, (piece) => {
    for (let at = 0; at < piece.length; at += entryBytes) {
      const low = piece.readUInt32LE(at);
      if ((low & 7) !== fullyPresent) continue;
      const place = piece.readUInt32LE(at + 4) * 2 ** 12 + (low >>> 20);
      if (!seen.add(place)) return `its table of blocks names the block at ${place} MiB more than once`;
    }
    return undefined;
  });
}
