import { exampleImage } from '@hearth/domain/testing';
import fc from 'fast-check';
import { performance } from 'node:perf_hooks';
import { downloadImage } from './download-image';
import { defaultMinimumPace, type MinimumPace, paceBesides, paced } from './minimum-pace';
import { defaultResumeBudget } from './resume-budget';

const pace: MinimumPace = { bytesMin: 1000, windowMs: 60_000 };

let clockMs: number;
beforeEach(() => {
  clockMs = 5_000;
  jest.spyOn(performance, 'now').mockImplementation(() => clockMs);
});
afterEach(() => jest.restoreAllMocks());

/** A chunk, how long it lets one wait, and how long it is used before the next is asked for. */
interface Arrival {
  readonly bytes: number;
  readonly waitMs: number;
  readonly useMs: number;
}
const arrival = (bytes: fc.Arbitrary<number>, waitMs: fc.Arbitrary<number>) =>
  fc.record({ bytes, waitMs, useMs: fc.nat({ max: 10 ** 7 }) });
const anyWait = fc.nat({ max: 10 ** 6 });

/** Passes arrivals; how many there were, how long they let one wait, and what was thrown. */
async function pass(arrivals: readonly Arrival[]) {
  const seen = { chunks: 0, waitedMs: 0, wasLeft: false, error: undefined as unknown };
  async function* connection(): AsyncGenerator<Buffer> {
    try {
      for (const { bytes, waitMs } of arrivals) {
        clockMs += waitMs;
        seen.waitedMs += waitMs;
        yield Buffer.alloc(bytes, 1);
      }
    } finally {
      seen.wasLeft = true;
    }
  }
  try {
    for await (const chunk of paced(connection(), pace, 'the bytes of x')) {
      const { bytes, useMs } = arrivals[seen.chunks]!;
      expect(chunk).toHaveLength(bytes);
      seen.chunks += 1;
      clockMs += useMs;
    }
  } catch (error) {
    seen.error = error;
  }
  expect(seen.wasLeft).toBe(true);
  return seen;
}

test('a connection passes that brings enough with each chunk, however long these let one wait', () =>
  fc.assert(
    fc.asyncProperty(fc.array(arrival(fc.integer({ min: pace.bytesMin, max: 2000 }), anyWait)), async (arrivals) => {
      expect(await pass(arrivals)).toMatchObject({ chunks: arrivals.length, error: undefined });
    }),
  ));

test('a connection passes that lets nobody wait, however little it brings and however long that is used', () =>
  fc.assert(
    fc.asyncProperty(fc.array(arrival(fc.integer({ min: 1, max: 5 }), fc.constant(0))), async (arrivals) => {
      expect(await pass(arrivals)).toMatchObject({ chunks: arrivals.length, error: undefined });
    }),
  ));

test('a connection that trickles is broken when a window has passed, and left', () => {
  const longestMs = 29_999;
  const trickle = fc.array(arrival(fc.constant(1), fc.integer({ min: 1000, max: longestMs })), {
    minLength: 60,
    maxLength: 90,
  });
  return fc.assert(
    fc.asyncProperty(trickle, async (arrivals) => {
      const { chunks, waitedMs, error } = await pass(arrivals);
      expect(error).toMatchObject({ name: 'ImageServiceError', problem: 'broken' });
      expect(String(error)).toContain(`the bytes of x come too slowly: ${chunks} bytes in`);
      expect(waitedMs).toBeGreaterThanOrEqual(pace.windowMs);
      expect(waitedMs).toBeLessThan(pace.windowMs + longestMs);
    }),
  );
});

test('a good beginning does not pay for what comes after it', async () => {
  const good = { bytes: 2000, waitMs: 60_000, useMs: 0 };
  const bad = { bytes: 1, waitMs: 20_000, useMs: 0 };
  expect((await pass([good, bad, bad, bad, bad])).chunks).toBe(4);
});

test('the pace is a KiB a second, whatever the time after which a connection has stalled', () => {
  expect(defaultMinimumPace).toEqual({ windowMs: 60_000, bytesMin: 60 * 1024 });
  expect(paceBesides(100)).toEqual({ windowMs: 200, bytesMin: 205 });
});

describe('a download', () => {
  const content = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 251));

  /** Brings so many bytes with each chunk, each after so long: one entry for each time it is asked, and the last for ever. */
  function trickling(...answers: readonly { readonly bytes: number; readonly waitMs: number }[]) {
    const asked: number[] = [];
    const open = (_: string, { fromByte = 0 } = {}) => {
      const { bytes, waitMs } = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(fromByte);
      async function* chunks(): AsyncGenerator<Buffer> {
        for (let at = fromByte; at < content.length; at += bytes) {
          clockMs += waitMs;
          yield content.subarray(at, at + bytes);
        }
      }
      return Promise.resolve({ lengthBytes: content.length, fromByte, chunks: chunks() });
    };
    return { asked, source: { open } };
  }
  const fetched = async (source: ReturnType<typeof trickling>['source']) => {
    const parts: Buffer[] = [];
    const image = { ...exampleImage, sizeBytes: content.length };
    const resume = { ...defaultResumeBudget, pauseMs: 0, pauseMsMax: 0 };
    const { signal } = new AbortController();
    for await (const part of downloadImage({ source, image, signal, resume, minimumPace: pace })) parts.push(part);
    return Buffer.concat(parts);
  };

  test('that trickles is asked for again, where it was', async () => {
    const { asked, source } = trickling({ bytes: 1, waitMs: 29_000 }, { bytes: 500, waitMs: 10 });
    expect((await fetched(source)).equals(content)).toBe(true);
    expect(asked).toEqual([0, 3]);
  });

  test('that trickles for ever is given up with what was wrong', async () => {
    const { asked, source } = trickling({ bytes: 1, waitMs: 29_000 });
    await expect(fetched(source)).rejects.toMatchObject({
      failure: {
        code: 'image.download_failed',
        detail: expect.stringContaining('come too slowly: 3 bytes in 87 seconds') as string,
      },
    });
    expect(asked).toEqual([0, 3, 6, 9, 12, 15]);
  });

  test('whose last bytes come slowly is complete', async () => {
    const { asked, source } = trickling({ bytes: 2999, waitMs: 60_000 }, { bytes: 1, waitMs: 60_000 });
    expect((await fetched(source)).equals(content)).toBe(true);
    expect(asked).toEqual([0]);
  });
});
