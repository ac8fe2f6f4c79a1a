/** What is used of WebAssembly here, which Node has and its types leave out. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number; readonly shared: true }) => {
    readonly buffer: SharedArrayBuffer;
  };
};

const wasmPageBytes = 64 * 1024;

/**
 * Shared memory of zeros that begins at a page, so that a driver may write to its disk straight from it. JavaScript's own memory begins
 * anywhere; WebAssembly's is mapped. What is not used takes up none.
 */
export function pageAlignedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / wasmPageBytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
