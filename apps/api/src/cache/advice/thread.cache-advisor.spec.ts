import { startAdviceThread } from './advice-thread';
import { type AskedDecision, UnusableQuestionError } from './cache-advisor';
import { ThreadCacheAdvisor } from './thread.cache-advisor';

const question = { kind: 'advice', projectId: undefined, options: {} } as const;

async function* decisions(parts: number): AsyncIterable<readonly AskedDecision[]> {
  for (let part = parts; part > 0; part -= 1) {
    yield Array.from({ length: 1_000 }, (_, at) => ({
      ...{ at: part * 1_000 + at, imageId: `image-${part}-${at}`, projectId: 'demo', outcome: 'hit' as const },
      ...{ content: `content-${part}-${at}`, copyGib: 1, refillBytes: 1, refillSeconds: 1 },
    }));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('decisions that take more memory than there is are refused, and the next question is answered', async () => {
  let megabytes = 8;
  const advisor = new ThreadCacheAdvisor((pool) => startAdviceThread(pool, { maxOldGenerationSizeMb: megabytes }));
  const refused = advisor.answer('host@b#pool', decisions(1_000), question);
  await expect(refused).rejects.toThrow(UnusableQuestionError);
  await expect(refused).rejects.toThrow(/more memory than advice may have; ask for fewer with a later from/);
  megabytes = 256;
  expect(await advisor.answer('host@b#pool', decisions(2), question)).toMatchObject({ decisions: 2_000 });
}, 30_000);
