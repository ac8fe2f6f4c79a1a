import type { Worker } from 'node:worker_threads';
import type { AdviceOrder, AdviceReport } from './advice-orders';
import { startAdviceThread } from './advice-thread';
import {
  AdvisorBusyError,
  UnusableQuestionError,
  type AdvisorAnswer,
  type AdvisorQuestion,
  type AskedDecision,
  type CacheAdvisor,
} from './cache-advisor';

/** Who may wait while one is advised. */
const waitingMax = 4;

/** A thread for each question, and one question at a time. */
export class ThreadCacheAdvisor implements CacheAdvisor {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** `start` gives the thread of a question. */
  constructor(private readonly start: (pool: string) => Worker = startAdviceThread) {}

  async answer<Question extends AdvisorQuestion>(
    pool: string,
    parts: AsyncIterable<readonly AskedDecision[]>,
    question: Question,
  ): Promise<AdvisorAnswer<Question['kind']>> {
    if (this.waiting > waitingMax) throw new AdvisorBusyError();
    this.waiting += 1;
    const turn = this.last.then(() => inThread(this.start(pool), parts, question));
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
    }
  }
}

async function inThread(
  thread: Worker,
  parts: AsyncIterable<readonly AskedDecision[]>,
  question: AdvisorQuestion,
): Promise<AdvisorAnswer<AdvisorQuestion['kind']>> {
  const send = (order: AdviceOrder) => thread.postMessage(order);
  try {
    const report = reportOf(thread);
    let hasEnded = false;
    // It is awaited after the last part; a thread that ends before takes no more.
    report.catch(() => (hasEnded = true));
    for await (const part of parts) {
      if (hasEnded) break;
      send({ part });
    }
    send({ question });
    const told = await report;
    if ('unusable' in told) throw new UnusableQuestionError(told.unusable);
    return told.answer;
  } finally {
    await thread.terminate();
  }
}

function reportOf(thread: Worker): Promise<AdviceReport> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', (error) => reject(isOutOfMemory(error) ? new UnusableQuestionError(tooMany) : error));
    thread.once('exit', (code) => reject(new Error(`the thread that works out advice ended with ${code}`)));
  });
}

const tooMany = 'the decisions since then take more memory than advice may have; ask for fewer with a later from';

const isOutOfMemory = (error: unknown) =>
  (error as { readonly code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
