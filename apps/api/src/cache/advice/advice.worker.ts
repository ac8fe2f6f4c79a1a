// Works out advice beside the thread that serves requests: seconds of arithmetic for a million decisions.
import { UnusableRulesError } from '@hearth/cache-advisor';
import { parentPort, workerData } from 'node:worker_threads';
import type { AdviceOrder, AdviceReport } from './advice-orders';
import { GatheredDecisions } from './gathered-decisions';

const { pool } = workerData as { readonly pool: string };
const gathered = new GatheredDecisions(pool);

parentPort?.on('message', (order: AdviceOrder) => {
  if ('part' in order) gathered.add(order.part);
  else parentPort?.postMessage(report(order));
});

function report({ question }: Extract<AdviceOrder, { question: unknown }>): AdviceReport {
  try {
    return { answer: gathered.answer(question) };
  } catch (error) {
    if (error instanceof UnusableRulesError) return { unusable: error.message };
    throw error;
  }
}
