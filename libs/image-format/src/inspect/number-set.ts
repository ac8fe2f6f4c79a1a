const pageNumbers = 2 ** 16;
const numbersMax = 2 ** 26;

/**
 * Which numbers have been seen: of blocks of a file, of which a small file can name many. Takes a bit for each of them, and at most
 * 8 MiB: numbers from 2^26 on are not remembered.
 */
export class NumberSet {
  private readonly pages: (Uint8Array | undefined)[] = [];

  /** False for a number that was added before. */
  add(number: number): boolean {
    if (number >= numbersMax) return true;
    const page = (this.pages[Math.floor(number / pageNumbers)] ??= new Uint8Array(pageNumbers / 8));
    const at = (number % pageNumbers) >> 3;
    const bit = 1 << (number & 7);
    const before = page[at] ?? 0;
    page[at] = before | bit;
    return (before & bit) === 0;
  }
}
