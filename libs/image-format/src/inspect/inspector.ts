import type { Answer, Ask } from './asking';
import type { FailedCheck } from './failed-check';
import { FileWindow } from './file-window';
import type { ImageFormat } from './image-format';
import { judge, type JudgeOptions } from './judge';
import type { Verdict } from './verdict';

export type InspectorOptions = JudgeOptions;

/**
 * Judges a file while it streams by. Fed in order, by chunks of any size; keeps a copy of at most 2 MiB of it, and of the tables
 * of large disks that are converted up to 16 MiB of notes.
 *
 * Raw bytes, qcow2, discs and encrypted disks are judged by their beginning. Formats that are stored and converted are judged when the
 * file has ended, unless they are refused before.
 */
export interface Inspector {
  /** Undefined until enough bytes have been seen; then it stays. */
  readonly verdict: Verdict | undefined;
  /** As what the file is read, if nothing speaks against it: known long before a verdict that needs the end of the file. */
  readonly expected: ImageFormat | undefined;
  push(chunk: Buffer): Verdict | undefined;
  /** Says that the file has ended. A file that ended too early to be judged is refused as `incomplete`. */
  end(): Verdict;
}

export function createInspector(options: InspectorOptions = {}): Inspector {
  return new StreamInspector(options);
}

class StreamInspector implements Inspector {
  verdict: Verdict | undefined;
  expected: ImageFormat | undefined;
  private readonly file = new FileWindow();
  private readonly rules;
  private asked: Ask = { ask: 'nothing', format: 'raw' };

  constructor(options: InspectorOptions) {
    this.rules = judge(options);
    this.resume(undefined);
  }

  push(chunk: Buffer): Verdict | undefined {
    for (let from = 0; from < chunk.length && !this.verdict;) {
      from += this.file.take(chunk, from);
      this.answerWhatIsThere();
    }
    return this.verdict;
  }

  end(): Verdict {
    while (!this.verdict) {
      this.answerWhatIsThere();
      if (!this.verdict) this.answerAtEnd();
    }
    return this.verdict;
  }

  private answerWhatIsThere(): void {
    while (!this.verdict && this.asked.ask !== 'end' && this.file.complete) {
      this.resume(this.asked.ask === 'prefix' ? [this.file.beginning(this.asked.length)] : this.file.stretches);
    }
  }

  private answerAtEnd(): void {
    if (this.asked.ask === 'end') this.resume(this.file.end());
    else if (this.asked.ask === 'prefix') this.resume([this.file.beginning(this.asked.length)]);
    else this.refuse(endedEarly(this.file));
  }

  /** Lets the rules go on until they need bytes that are not there. Whatever they throw refuses the file. */
  private resume(answer: Answer): void {
    try {
      let step = this.rules.next(answer);
      while (!step.done && step.value.ask === 'nothing') {
        this.expected = step.value.format;
        step = this.rules.next(undefined);
      }
      if (step.done) this.verdict = step.value;
      else this.wait(step.value);
    } catch (error) {
      this.refuse(unreadable(error));
    }
  }

  private wait(asked: Ask): void {
    this.asked = asked;
    if (asked.ask === 'stretches') this.file.want(asked.stretches);
    else this.file.wantPrefix(asked.ask === 'prefix' ? asked.length : 0);
  }

  private refuse(failure: FailedCheck): void {
    this.verdict = { kind: 'refused', detected: this.expected, failures: [failure] };
  }
}

function endedEarly({ position, wantedBytes }: FileWindow): FailedCheck {
  const detail = `the file ends after ${position} bytes, inside its header or its tables; at least ${wantedBytes} are needed`;
  return { check: 'incomplete', detail };
}

function unreadable(error: unknown): FailedCheck {
  const reason = error instanceof Error ? error.message : String(error);
  return { check: 'unreadable', detail: `the file could not be understood: ${reason}` };
}
