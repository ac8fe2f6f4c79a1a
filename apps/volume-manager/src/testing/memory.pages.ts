export const pageBytes = 64 * 1024;

/** Sparse bytes by page number; what is missing reads as zeros. A page is replaced and never changed, so that others may share it. */
export type Pages = Map<number, Buffer>;

export function readPages(pages: Pages, offset: number, target: Uint8Array): void {
  target.fill(0);
  for (let at = 0; at < target.length;) {
    const [page, inside] = pageAt(offset + at);
    const part = Math.min(pageBytes - inside, target.length - at);
    pages.get(page)?.copy(target, at, inside, inside + part);
    at += part;
  }
}

export function writePages(pages: Pages, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const [page, inside] = pageAt(offset + at);
    const part = bytes.subarray(at, at + pageBytes - inside);
    const written = Buffer.from(pages.get(page) ?? Buffer.alloc(pageBytes));
    written.set(part, inside);
    pages.set(page, written);
    at += part.length;
  }
}

const pageAt = (offset: number): [number, number] => [Math.floor(offset / pageBytes), offset % pageBytes];
