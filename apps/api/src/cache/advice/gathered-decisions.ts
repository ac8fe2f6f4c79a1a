import { advise, buildTrace, type CacheDecision, shadow } from '@hearth/cache-advisor';
import type { AdvisorAnswer, AdvisorQuestion, AskedDecision } from './cache-advisor';

/** What a content takes that never had a copy, and that nobody's copy tells of: the least there is. */
const assumedGib = 1;

/**
 * Decisions of a pool as they come in. A create that went past the cache names an image and no content: its content is the one that
 * the image's copies had last, else the image itself stands for it.
 */
export class GatheredDecisions {
  private readonly parts: (readonly AskedDecision[])[] = [];

  constructor(private readonly pool: string) {}

  /** A part that is older than all before. */
  add(part: readonly AskedDecision[]): void {
    this.parts.unshift(part);
  }

  answer(question: AdvisorQuestion): AdvisorAnswer<AdvisorQuestion['kind']> {
    const { projectId } = question;
    const { decisions, assumedSizes } = this.decisions(projectId);
    const trace = buildTrace(decisions);
    const result = question.kind === 'advice' ? advise(trace, question.options) : shadow(trace, question.rules);
    return {
      result,
      decisions: decisions.length,
      assumedSizes,
      from: decisions[0]?.at ?? null,
      to: decisions.at(-1)?.at ?? null,
    };
  }

  private decisions(projectId: string | undefined) {
    const contents = new Map<string, string>();
    const sizes = new Map<string, number>();
    for (const { imageId, content, copyGib } of this.all()) {
      if (content === null) continue;
      contents.set(imageId, content);
      if (copyGib !== null) sizes.set(content, copyGib);
    }
    let assumedSizes = 0;
    const decisions: CacheDecision[] = [];
    for (const one of this.all()) {
      if (projectId !== undefined && one.projectId !== projectId) continue;
      const key = one.content ?? contents.get(one.imageId) ?? `image:${one.imageId}`;
      const known = sizes.get(key);
      if (known === undefined) assumedSizes += 1;
      const { at, outcome, refillBytes: bytes, refillSeconds } = one;
      const sizeGib = Math.max(1, known ?? assumedGib);
      decisions.push({ at, pool: this.pool, key, projectId: one.projectId, outcome, sizeGib, bytes, refillSeconds });
    }
    return { decisions, assumedSizes };
  }

  private *all(): Iterable<AskedDecision> {
    for (const part of this.parts) yield* part;
  }
}
