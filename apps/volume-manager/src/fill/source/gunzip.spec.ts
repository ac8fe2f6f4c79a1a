import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, gzipSync } from 'node:zlib';
import { gunzip } from './gunzip';

const MiB = 2 ** 20;
const roomy = { outputBytesMax: 1024 * MiB };

async function* inChunks(bytes: Buffer, chunkBytes = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + chunkBytes);
  }
}

async function piecesOf(chunks: AsyncIterable<Buffer>, options = roomy): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of gunzip(chunks, options)) pieces.push(piece);
  return pieces;
}

/** Bytes with some text, some noise and some nothing, which zlib treats differently. */
function mixture(parts: number): Buffer {
  const kinds = [randomBytes(70_000), Buffer.alloc(200_000), Buffer.from('some text '.repeat(5000))];
  return Buffer.concat(Array.from({ length: parts }, (_, index) => kinds[index % 3]!));
}

async function expectBytes(packed: Buffer, expected: Buffer, chunkBytes?: number): Promise<void> {
  const found = Buffer.concat(await piecesOf(inChunks(packed, chunkBytes)));
  expect([found.length, found.equals(expected)]).toEqual([expected.length, true]);
}

const expectRefusal = (chunks: AsyncIterable<Buffer>, reason: RegExp, options = roomy) =>
  expect(piecesOf(chunks, options)).rejects.toMatchObject({
    name: 'FillError',
    failure: { code: 'image.unacceptable', reason: expect.stringMatching(reason) as string },
  });

describe('gzip is unpacked', () => {
  const plain = mixture(12);
  const packed = gzipSync(plain);

  test.each([1000, 4096, 65_536, 10 * MiB])('from chunks of %i bytes', (chunkBytes) =>
    expectBytes(packed, plain, chunkBytes),
  );

  test('byte by byte, with empty chunks in between', async () => {
    const few = Buffer.from('a few bytes of text, '.repeat(20));
    const members = Buffer.concat([gzipSync(few), gzipSync(few)]);
    async function* trickle(): AsyncGenerator<Buffer> {
      for await (const chunk of inChunks(members, 1)) {
        yield chunk;
        yield Buffer.alloc(0);
      }
    }
    const found = Buffer.concat(await piecesOf(trickle()));
    expect(found.toString()).toBe(few.toString().repeat(2));
  });

  test('without any compression, and with none but zeros', async () => {
    await expectBytes(gzipSync(plain, { level: constants.Z_NO_COMPRESSION }), plain);
    await expectBytes(gzipSync(Buffer.alloc(40 * MiB)), Buffer.alloc(40 * MiB));
  });

  test('of several members, wherever a chunk ends', async () => {
    const [first, second] = [gzipSync(plain.subarray(0, 100_000)), gzipSync(plain.subarray(100_000))];
    const whole = Buffer.concat([first, gzipSync(Buffer.alloc(0)), second]);
    for (const chunkBytes of [first.length - 1, first.length, first.length + 1, first.length + 5, whole.length]) {
      await expectBytes(whole, plain, chunkBytes);
    }
  });

  test('of no bytes', () => expectBytes(gzipSync(Buffer.alloc(0)), Buffer.alloc(0)));

  test.each([0, 1, 5])('with zeros behind it, of which %i are in the chunk of its end', async (zeros) => {
    await expectBytes(Buffer.concat([packed, Buffer.alloc(10_000)]), plain, packed.length + zeros);
    await expectBytes(Buffer.concat([packed, Buffer.alloc(1)]), plain);
  });

  test('exactly as far as is allowed', async () => {
    const found = Buffer.concat(await piecesOf(inChunks(packed), { outputBytesMax: plain.length }));
    expect(found.equals(plain)).toBe(true);
  });

  test('in pieces of 64 KiB or more, none of which is written again', async () => {
    const pieces: Buffer[] = [];
    const copies: Buffer[] = [];
    for await (const piece of gunzip(inChunks(packed, 1000), roomy)) {
      pieces.push(piece);
      copies.push(Buffer.from(piece));
    }
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.slice(0, -1).every(({ length }) => length >= 65_536)).toBe(true);
    expect(pieces.every((piece, index) => piece.equals(copies[index]!))).toBe(true);
  });
});

describe('what is no sound gzip is refused, by name', () => {
  const plain = mixture(6);
  const packed = gzipSync(plain);
  const flipped = (at: number) => {
    const bytes = Buffer.from(packed);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };

  test.each([
    ['nothing', Buffer.alloc(0), /gzip: .*too short/],
    ['one byte of it', packed.subarray(0, 1), /gzip: .*too short/],
    ['another format', Buffer.from('QFI\xfb', 'latin1'), /gzip: .*does not begin/],
    ['another format that begins like it', Buffer.from([0x1f, 0x9d, 0, 0]), /gzip: .*does not begin/],
    ['another method', flipped(2), /gzip: unknown compression method/],
    ['a header that is cut', packed.subarray(0, 5), /gzip: unexpected end/],
    ['a body that is cut', packed.subarray(0, packed.length / 2), /gzip: unexpected end/],
    ['a check sum that is cut', packed.subarray(0, packed.length - 8), /gzip: unexpected end/],
    ['a length that is cut', packed.subarray(0, packed.length - 1), /gzip: unexpected end/],
    ['a wrong check sum', flipped(packed.length - 8), /gzip: incorrect data check/],
    ['a wrong length', flipped(packed.length - 1), /gzip: incorrect length check/],
    ['a second member that is cut', Buffer.concat([packed, packed.subarray(0, 100)]), /gzip: unexpected end/],
    ['a second header that is cut', Buffer.concat([packed, packed.subarray(0, 1)]), /gzip: unexpected end/],
    ['garbage behind it', Buffer.concat([packed, Buffer.from('garbage')]), /gzip: incorrect header/],
    ['garbage behind its zeros', Buffer.concat([packed, Buffer.alloc(99), Buffer.from('x')]), /gzip: other bytes/],
    ['a member behind its zeros', Buffer.concat([packed, Buffer.alloc(9), packed]), /gzip: other bytes/],
  ])('%s', async (_, bytes, reason) => {
    for (const chunkBytes of [1000, packed.length, packed.length + 3, bytes.length + 1]) {
      await expectRefusal(inChunks(bytes, chunkBytes), reason);
    }
  });

  test('any bit of it that is flipped is noticed, or changes nothing', async () => {
    const small = Buffer.from('a few bytes of text, '.repeat(20));
    const sound = gzipSync(small);
    for (let bit = 0; bit < sound.length * 8; bit += 1) {
      const bytes = Buffer.from(sound);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const found = await piecesOf(inChunks(bytes)).catch((error: Error) => error);
      if (found instanceof Error) expect(found).toMatchObject({ failure: { code: 'image.unacceptable' } });
      else expect(Buffer.concat(found).equals(small)).toBe(true);
    }
  });

  test('when all of its bytes have passed, so that a hash over them is one of the whole', async () => {
    let passedBytes = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of inChunks(flipped(40_000), 1000)) {
        passedBytes += chunk.length;
        yield chunk;
      }
    }
    await expectRefusal(counted(), /gzip/);
    expect(passedBytes).toBe(packed.length);
  });
});

/** Collects garbage, so that what is counted afterwards is what is held. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a bomb', () => {
  const layer = gzipSync(Buffer.alloc(32 * MiB));
  /** 32 GiB of zeros. */
  async function* bomb(onTaken: (bytes: number) => void): AsyncGenerator<Buffer> {
    for (let member = 0; member < 1024; member += 1) {
      for await (const chunk of inChunks(layer)) {
        onTaken(chunk.length);
        yield chunk;
      }
    }
  }

  test('ends as soon as it passes what is allowed', async () => {
    let takenBytes = 0;
    const work = piecesOf(
      bomb((bytes) => (takenBytes += bytes)),
      { outputBytesMax: 10 * MiB },
    );
    await expect(work).rejects.toMatchObject({
      failure: { code: 'image.too_big', reason: expect.stringContaining('10485760 bytes') as string },
    });
    expect(takenBytes).toBeLessThanOrEqual(65_536);
  });

  test('holds next to nothing, however slowly it is taken', async () => {
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let [outputBytes, peakBytes, looks] = [0, 0, 0];
    for await (const piece of gunzip(
      bomb(() => undefined),
      roomy,
    )) {
      outputBytes += piece.length;
      if (outputBytes % (8 * MiB) < piece.length) {
        await new Promise(setImmediate);
        collectGarbage();
        looks += 1;
        peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before);
      }
      if (outputBytes > 128 * MiB) break;
    }
    expect(looks).toBe(16);
    expect(peakBytes).toBeLessThan(8 * MiB);
  });
});

describe('who leaves', () => {
  async function* source(ended: () => void): AsyncGenerator<Buffer> {
    try {
      for (;;) yield* inChunks(gzipSync(mixture(12)));
    } finally {
      ended();
    }
  }

  test('ends the source too', async () => {
    const ended = jest.fn();
    for await (const piece of gunzip(source(ended), roomy)) if (piece.length > 0) break;
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('does so when the output is too large as well', async () => {
    const ended = jest.fn();
    await expect(piecesOf(source(ended), { outputBytesMax: 10 })).rejects.toThrow();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('hears of what went wrong with the source as it is', async () => {
    const broken = new Error('broken');
    async function* failing(): AsyncGenerator<Buffer> {
      yield* inChunks(gzipSync(mixture(3)).subarray(0, 1000));
      throw broken;
    }
    await expect(piecesOf(failing())).rejects.toBe(broken);
  });
});
