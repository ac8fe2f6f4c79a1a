import type { CreateDecision, Outcome } from '@hearth/contracts';
import type { ExplainedVolume } from './explanation.fields';

const beginnings: Readonly<Record<Outcome, string>> = {
  hit: 'Hit: a ready copy of the image was cloned',
  joined: 'Joined: it waited for a copy of the image that another create was making, and cloned it',
  miss: 'Miss: no copy of the image was there; one was made, and cloned',
  bypass: 'Bypass: the cache was not used',
};

/** How a volume came to be, in one sentence for people. */
export function explanationSentence(volume: ExplainedVolume): string {
  const { decision, failure, imageId, status } = volume;
  if (failure && status !== 'available') return `Failed: ${withStop(failure.reason)}`;
  if (decision) return decisionSentence(decision);
  if (status === 'creating' || status === 'downloading') {
    return imageId === null
      ? 'It is being created, blank.'
      : 'It is being created from its image; nothing is decided yet.';
  }
  return imageId === null
    ? 'A blank volume: no image was asked for.'
    : 'Nothing is recorded of how its image was served.';
}

function decisionSentence({ outcome, reason, cloneMethod, bytesDownloaded, source }: CreateDecision): string {
  const how = cloneMethod === null ? '' : ` by ${cloneMethod}`;
  const why = outcome === 'bypass' ? ` (${reason})` : '';
  const moved = source?.kind === 'peer' ? "came from another host's copy for it" : 'downloaded for it';
  return `${beginnings[outcome]}${how}${why}; ${bytesDownloaded} bytes ${moved}.`;
}

const withStop = (sentence: string) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
