/** The one that a number means, counted round, or from the end where it is negative; undefined where there is none. */
export function among<Item>(items: readonly Item[], number: number): Item | undefined {
  return number < 0 ? items.at(number) : items[number % Math.max(1, items.length)];
}
