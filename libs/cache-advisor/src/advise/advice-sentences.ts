import type { EvictionPolicy } from '@hearth/contracts';
import type { Measure } from '../trace/measure';
import type { Advice } from './advice';

const nouns: Record<Measure, string> = {
  requests: 'requests',
  bytes: 'the bytes',
  seconds: 'the seconds of waiting',
};

/** Below this a curve is mostly chance. */
const requestsFew = 1000;
/** Another policy is worth a word from here on. */
const noticeable = 0.005;
const nearlyAll = 0.95;
const noticeablyLess = 0.9;

/** Advice in sentences for people, most important first. Percentages have one digit behind the point, GiB are whole. */
export function adviceSentences(advice: Omit<Advice, 'sentences'>, policy: EvictionPolicy): string[] {
  if (advice.demand.total.requests === 0) return ['Nothing was asked for, so there is nothing to advise.'];
  return [
    ...ofRecommendation(advice, policy),
    ...ofCurve(advice, policy),
    ...ofCurrent(advice, policy),
    ...ofOthers(advice, policy),
    ...ofCompulsory(advice, policy),
    ...ofHappened(advice, policy),
  ];
}

type Part = (advice: Omit<Advice, 'sentences'>, policy: EvictionPolicy) => string[];

const ofRecommendation: Part = ({ recommended, target, most, by }) => {
  const what = nouns[by];
  if (!most) return [`No image was asked for twice: a cache of any size serves nothing.`];
  if (target && !target.reached) {
    const end = `${gib(most.limitGib)} serve ${percent(most.ratio)}, and more do not serve more`;
    return [`No size serves ${percent(target.hitRatio)} of ${what}: ${end}.`];
  }
  if (!recommended) return [];
  const { limitGib, ratio } = recommended;
  if (target) return [`To serve ${percent(target.hitRatio)} of ${what}, ${gib(limitGib)} are needed.`];
  return [
    `Recommended are ${gib(limitGib)}: they serve ${percent(ratio)} of ${what}, and each GiB more brings less than those before it.`,
  ];
};

/** Three points that tell the curve: where it bends, where it has nearly all, where it ends. */
const ofCurve: Part = ({ curves, knee, most, by }, policy) => {
  if (!knee || !most) return [];
  const points = curves.find((curve) => curve.policy === policy)?.points ?? [];
  const nearly = points.find(({ ratios }) => ratios[by] >= nearlyAll * most.ratio);
  const told = [knee, ...(nearly ? [{ limitGib: nearly.limitGib, ratio: nearly.ratios[by] }] : []), most]
    .sort((one, other) => one.limitGib - other.limitGib)
    .filter(({ limitGib }, index, all) => limitGib !== all[index - 1]?.limitGib)
    .map(({ limitGib, ratio }) => `at ${gib(limitGib)} ${percent(ratio)}`);
  return [`With ${policy}: ${told.join(', ')} of ${nouns[by]}; more GiB serve no more.`];
};

const ofCurrent: Part = ({ current, by }, policy) => {
  if (!current) return [];
  const mine = current.ratios[policy] ?? 0;
  const limit = current.limitGib === 0 ? 'No limit, as today,' : `The limit of today, ${gib(current.limitGib)},`;
  const others = Object.entries(current.ratios)
    .filter(([name, ratio]) => name !== policy && ratio - mine >= noticeable)
    .sort(([, one], [, other]) => other - one)
    .map(([name, ratio]) => `${name} ${percent(ratio)}`);
  const better = others.length > 0 ? `; of the same size ${others.join(' and ')}` : '';
  return [`${limit} serves ${percent(mine)} of ${nouns[by]} with ${policy}${better}.`];
};

/** Policies that need less for what is recommended. */
const ofOthers: Part = ({ curves, recommended, by }, policy) => {
  if (!recommended) return [];
  const less = curves
    .filter((curve) => curve.policy !== policy)
    .flatMap((curve) => {
      const point = curve.points.find(({ ratios }) => ratios[by] >= recommended.ratio);
      return point && point.limitGib < noticeablyLess * recommended.limitGib
        ? [`${gib(point.limitGib)} with ${curve.policy}`]
        : [];
    });
  return less.length === 0 ? [] : [`As much is served from ${less.join(', and from ')}.`];
};

const ofCompulsory: Part = ({ demand, by }) => {
  const share = demand.compulsory[by] / (demand.total[by] || 1);
  return [
    `${percent(share)} of ${nouns[by]} were the first for their image: no size serves those, only a prefetch does.`,
  ];
};

const ofHappened: Part = ({ demand, happened, contents, days, by }) => {
  const { requests } = demand.total;
  const served = percent(happened.hits[by] / (demand.total[by] || 1));
  const span = days >= 1 ? ` in ${count(Math.round(days))} days` : '';
  const old = happened.hitsAtFirstRequest;
  return [
    `In fact ${served} of ${nouns[by]} were served from a copy: ${count(requests)} requests for ${count(contents)} contents${span}.`,
    ...(old > 0
      ? [`${count(old)} contents had a copy before these requests begin; here their first request counts as a miss.`]
      : []),
    ...(requests < requestsFew ? [`${count(requests)} requests are few: the figures are mostly chance.`] : []),
  ];
};

const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
const gib = (limitGib: number) => `${count(Math.round(limitGib))} GiB`;
const count = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
