import { PassThrough } from 'node:stream';
import { progressBar } from './progress';

const cursorShown = '\u001b[?25h';

/** A terminal as far as a bar looks at it. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const text: string[] = [];
  stream.on('data', (chunk: Buffer) => text.push(chunk.toString()));
  return { stream, shown: () => text.join('') };
}

const listeners = () => ['SIGINT', 'SIGTERM'].map((signal) => process.listenerCount(signal));

test('a bar that is interrupted gives the terminal its cursor back, and draws no more', () => {
  // Who waits for the signal before the bar does sees to the end.
  const others = jest.fn();
  process.on('SIGINT', others);
  try {
    const { stream, shown } = terminal();
    const bar = progressBar(stream, 'entries');
    bar.show(1, 10, 'clear');
    expect(shown()).not.toContain(cursorShown);
    process.emit('SIGINT');
    expect([shown().includes(cursorShown), others.mock.calls.length]).toEqual([true, 1]);
    const before = shown();
    bar.show(2, 10, 'clear');
    bar.end();
    expect(shown()).toBe(before);
  } finally {
    process.removeListener('SIGINT', others);
  }
});

test('a bar waits for signals only while it is drawn', () => {
  const before = listeners();
  const bar = progressBar(terminal().stream, 'entries');
  expect(listeners()).toEqual(before);
  bar.show(1, 2, 'clear');
  expect(listeners()).toEqual(before.map((count) => count + 1));
  bar.end();
  expect(listeners()).toEqual(before);
});
