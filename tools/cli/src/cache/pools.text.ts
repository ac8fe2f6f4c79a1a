import { bytesText, limitText } from '../amounts';
import type { Column } from '../table';
import type { Pool, Settings } from './answers';
import { percentText } from '../amounts';
import { secondsText } from '../terminal/moments';

export const poolColumns: readonly Column<Pool>[] = [
  { title: 'POOL', text: ({ pool }) => pool },
  { title: 'CACHE', text: poolState, shrinks: true },
  { title: 'GIB', text: ({ size_gib, max_size_gib }) => `${size_gib} of ${limitText(max_size_gib)}`, align: 'right' },
  {
    title: 'ENTRIES',
    text: ({ ready_count, filling_count, max_count }) => `${ready_count + filling_count} of ${limitText(max_count)}`,
    align: 'right',
  },
  { title: 'RETIRED', text: ({ retired_count }) => String(retired_count), align: 'right' },
  { title: 'PINNED', text: ({ pinned_count }) => String(pinned_count), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'JOINED', text: ({ joined }) => String(joined), align: 'right' },
  { title: 'MISSES', text: ({ misses }) => String(misses), align: 'right' },
  {
    title: 'RATIO',
    text: ({ hits, misses }) => (hits + misses === 0 ? '-' : percentText(hits / (hits + misses))),
    align: 'right',
  },
  { title: 'EVICTED', text: ({ evictions }) => String(evictions), align: 'right' },
  { title: 'DOWNLOADED', text: ({ bytes_downloaded }) => bytesText(bytes_downloaded), align: 'right' },
  { title: 'FROM PEERS', text: ({ bytes_from_peers }) => bytesText(bytes_from_peers ?? 0), align: 'right' },
];

/** Switched off counts before what the configuration says. */
export function poolState({ state, reason, off }: Pick<Pool, 'state' | 'reason' | 'off'>): string {
  if (off) return `switched off, entries ${off.ready}`;
  return reason ? `${state ?? '?'}: ${reason}` : (state ?? '?');
}

/** The rules of a pool by the options that set them, as effective values. */
export function settingsFields(settings: Settings): Readonly<Record<string, string>> {
  const { watermarks, admission } = settings;
  const seconds = (value: number, none: string) => (value === 0 ? none : secondsText(value));
  return {
    state: settings.reason === null ? settings.state : `${settings.state}: ${settings.reason}`,
    'max size': limitText(settings.max_size_gib, ' GiB'),
    'max count': limitText(settings.max_count),
    'max percent of pool': limitText(settings.max_percent, ' %'),
    policy: settings.policy,
    watermarks: `start at ${watermarks.start_percent} %, stop at ${watermarks.stop_percent} %`,
    'time to live': seconds(settings.ttl_seconds, 'for ever'),
    'remove unused': settings.remove_unused ? 'yes' : 'no',
    'minimum age': secondsText(settings.minimum_age_seconds),
    'minimum age, resized': secondsText(settings.resized_minimum_age_seconds),
    'keep generations': String(settings.keep_generations),
    'share of a project': settings.project_share_percent === 0 ? 'all' : `${settings.project_share_percent} %`,
    admission:
      admission.mode === 'at-once'
        ? admission.mode
        : `${admission.mode} within ${secondsText(admission.window_seconds)}`,
    'clones of an entry': settings.clone_limit === 0 ? 'as the driver declares' : String(settings.clone_limit),
    'grace period': seconds(settings.grace_seconds, 'none'),
    'image access': settings.image_access,
  };
}
