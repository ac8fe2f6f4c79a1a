/** Opens as `open` does, and closes after each test what was opened last; to be called while tests are collected. */
export function closedAfterEach<Args extends unknown[], House extends { close(): Promise<void> }>(
  open: (...args: Args) => Promise<House>,
): (...args: Args) => Promise<House> {
  let last: House | undefined;
  afterEach(async () => last?.close());
  return async (...args) => (last = await open(...args));
}
