import { EncodingChoice } from './encoding-choice';
import type { FrameEncoding } from './frames';

const MiB = 2 ** 20;

interface Connection {
  /** What it takes, in MiB for a millisecond. */
  readonly takes: number;
  /** What is left of a block that is compressed. */
  readonly ratio: number;
  /** Milliseconds to compress a block. */
  readonly deflateMs: number;
}

/** Sends blocks over a connection of that kind; gives how each was sent. */
function sendOver(
  choice: EncodingChoice,
  { takes, ratio, deflateMs }: Connection,
  blocks: number,
): readonly FrameEncoding[] {
  return Array.from({ length: blocks }, () => {
    const encoding = choice.next();
    const sentBytes = encoding === 'deflate' ? ratio * MiB : MiB;
    const transferMs = sentBytes / MiB / takes;
    // Two blocks are compressed at the same time.
    const ms = encoding === 'deflate' ? Math.max(transferMs, deflateMs / 2) : transferMs;
    choice.sent({ dataBytes: MiB, sentBytes, ms, ...(encoding === 'deflate' && { deflateMs }) });
    return encoding;
  });
}

const shareOfDeflate = (sent: readonly FrameEncoding[]) => sent.filter((one) => one === 'deflate').length / sent.length;

test('a slow connection gets data that shrinks compressed', () => {
  const sent = sendOver(new EncodingChoice(2), { takes: 0.01, ratio: 0.5, deflateMs: 20 }, 1_000);
  expect(shareOfDeflate(sent)).toBeGreaterThan(0.9);
});

test('a connection that is faster than the compressor gets data as it is', () => {
  const sent = sendOver(new EncodingChoice(2), { takes: 1, ratio: 0.5, deflateMs: 20 }, 1_000);
  expect(shareOfDeflate(sent)).toBeLessThan(0.02);
});

test('data that does not shrink is not compressed, however slow the connection', () => {
  const sent = sendOver(new EncodingChoice(2), { takes: 0.01, ratio: 0.85, deflateMs: 20 }, 1_000);
  expect(shareOfDeflate(sent)).toBeLessThan(0.02);
});

test('one block is compressed to find out, and another one where that held nothing but zeros', () => {
  const choice = new EncodingChoice(2);
  const raw = () => choice.sent({ dataBytes: MiB, sentBytes: MiB, ms: 100 });
  const asked: FrameEncoding[] = [];
  for (let block = 0; block < 60; block += 1) {
    const encoding = choice.next();
    asked.push(encoding);
    // Nothing is sent for a block of zeros.
    if (encoding === 'raw') raw();
  }
  const samples = asked.flatMap((encoding, block) => (encoding === 'deflate' ? block : []));
  expect(samples.length).toBeGreaterThan(1);
  expect(samples[1]! - samples[0]!).toBeGreaterThan(6);
});

test('a choice that proves wrong is taken back', () => {
  const choice = new EncodingChoice(2);
  sendOver(choice, { takes: 0.01, ratio: 0.5, deflateMs: 20 }, 500);
  const later = sendOver(choice, { takes: 0.01, ratio: 1, deflateMs: 200 }, 500);
  expect(shareOfDeflate(later.slice(100))).toBeLessThan(0.1);
});
