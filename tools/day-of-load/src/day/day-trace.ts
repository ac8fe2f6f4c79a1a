// One day of a cloud: quiet nights, two busy times, images that many want and images that one wants once, a nightly build that
// everybody's jobs take from then on, and now and then somebody who scales out.
import type { CacheDecision } from '@hearth/cache-advisor';
import { anImage, type Image, type Random, seededRandom, zipfRanks } from '@hearth/cache-advisor/testing';

export interface DayShape {
  readonly seed: number;
  /** Milliseconds since 1970 at which the day begins. */
  readonly startMs: number;
  readonly creates: number;
  /** Images that are asked for all day long. */
  readonly images: number;
  readonly pool: string;
}

const hourMs = 3_600_000;
/** Requests by hour of the day, relative to each other. */
const busyness = [2, 1, 1, 4, 2, 2, 3, 6, 10, 14, 15, 12, 9, 11, 14, 15, 13, 9, 6, 4, 3, 3, 2, 2];
const projects = ['shop', 'search', 'ci', 'data', 'desktops', 'lab'];
const systems = [
  'debian-12',
  'debian-13',
  'ubuntu-22.04',
  'ubuntu-24.04',
  'rocky-9',
  'alma-9',
  'windows-2022',
  'fedora-42',
];
const roles = ['base', 'web', 'db', 'gpu', 'kiosk', 'build', 'monitor', 'cache', 'vpn', 'desktop'];
/** The build of the night is there at three. */
const buildHour = 3;
/** Of all requests. */
const [nightlyPart, oncePart, burstPart] = [0.2, 0.12, 0.002];

/** Requests in the order of their times; equal shapes make equal days. */
export function* dayTrace({ seed, startMs, creates, images, pool }: DayShape): Generator<CacheDecision> {
  const random = seededRandom(seed);
  const catalogue = Array.from({ length: images }, (_, number) => anImage(nameOf(number), random));
  const rank = zipfRanks(random, images, 0.9);
  const nightly = anImage('ci-runner', random);
  let once = 0;
  let burst: { readonly image: Image; readonly project: string; left: number } | undefined;
  const next = (hour: number): Image => {
    const drawn = random();
    if (drawn < nightlyPart) return { ...nightly, key: `${nightly.key}@${hour < buildHour ? 'yesterday' : 'today'}` };
    if (drawn < nightlyPart + oncePart) return anImage(`snapshot-${++once}`, random);
    return catalogue[rank()]!;
  };
  for (const atMs of moments(random, startMs, creates)) {
    const hour = Math.floor((atMs - startMs) / hourMs);
    if (!burst && random() < burstPart)
      burst = { image: catalogue[rank()]!, project: oneOf(projects, random), left: 40 };
    const image = burst?.image ?? next(hour);
    const projectId = burst?.project ?? (image.key.startsWith('ci-runner') ? 'ci' : oneOf(projects, random));
    if (burst && --burst.left === 0) burst = undefined;
    yield { ...image, at: atMs, pool, projectId, outcome: 'miss' };
  }
}

/** So many moments of the day, more of them in the busy hours. */
function moments(random: Random, startMs: number, count: number): number[] {
  const sum = busyness.reduce((all, hour) => all + hour, 0);
  const of = busyness.flatMap((busy, hour) =>
    Array.from({ length: Math.round((count * busy) / sum) }, () => startMs + Math.floor((hour + random()) * hourMs)),
  );
  return of.sort((one, other) => one - other);
}

const nameOf = (number: number) =>
  `${systems[number % systems.length]}-${roles[Math.floor(number / systems.length) % roles.length]}-${number + 1}`;
const oneOf = (names: readonly string[], random: Random) => names[Math.floor(random() * names.length)]!;
