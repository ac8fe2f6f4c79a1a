const blockBytes = 64 * 1024;

/** Chunks that wait, in order. Small ones are copied together, so that a file that comes byte by byte costs little more than its bytes. */
export class HeldChunks {
  private readonly chunks: Buffer[] = [];
  private block = Buffer.alloc(0);
  private blockLength = 0;

  add(chunk: Buffer): void {
    if (chunk.length >= blockBytes / 16) {
      this.close();
      this.chunks.push(chunk);
      return;
    }
    if (this.blockLength + chunk.length > this.block.length) this.open();
    this.blockLength += chunk.copy(this.block, this.blockLength);
  }

  /** All of them, which are no longer held then. */
  release(): Buffer[] {
    this.close();
    return this.chunks.splice(0);
  }

  private open(): void {
    this.close();
    this.block = Buffer.allocUnsafeSlow(blockBytes);
  }

  private close(): void {
    if (this.blockLength > 0) this.chunks.push(this.block.subarray(0, this.blockLength));
    this.block = Buffer.alloc(0);
    this.blockLength = 0;
  }
}
