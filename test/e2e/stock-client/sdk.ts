import type { Outcome } from './clients';
import type { World } from './world';

/** The chapters of sdk_day.py. */
export const sdkChapters = [
  ...(['volumes', 'finding', 'snapshots', 'types', 'attaching'] as const),
  ...(['quotas', 'operating', 'images', 'absent', 'cloud_layer'] as const),
];

export function readChapter(world: World, chapter: (typeof sdkChapters)[number]): Promise<Outcome> {
  return world.clients.run({ program: 'sdk', argv: [chapter], env: environment(world) });
}

function environment(world: World): Record<string, string> {
  const named = (prefix: string, who: 'admin' | 'reader') =>
    Object.entries(world.environmentOf(who)).map(([name, value]) => [`${prefix}_${name}`, value] as const);
  return {
    ...world.environmentOf('member'),
    ...Object.fromEntries([...named('ADMIN', 'admin'), ...named('READER', 'reader')]),
    IMAGE_ID: world.spelled('{tiny}'),
    SERVER_ID: world.spelled('{server}'),
    OTHER_PROJECT_ID: world.spelled('{project other}'),
  };
}
