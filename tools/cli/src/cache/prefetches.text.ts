import { progressText, timeText } from '../amounts';
import { type Column, listing } from '../table';
import { actorText, type Prefetch } from './answers';

export const prefetchColumns: readonly Column<Prefetch>[] = [
  { title: 'ID', text: ({ id }) => id ?? '-' },
  { title: 'IMAGE', text: ({ image_id, image_name }) => image_name ?? image_id, shrinks: true },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'STATUS', text: prefetchStatus },
  { title: 'REASON', text: ({ reason }) => reason ?? '-', shrinks: true },
  { title: 'REQUESTED', text: ({ requested_at }) => timeText(requested_at) },
];

function prefetchStatus({ status, progress, cancelling }: Prefetch): string {
  const more = cancelling ? 'being cancelled' : progress ? `${progress.percent} %` : null;
  return more === null ? status : `${status} (${more})`;
}

export function prefetchText(prefetch: Prefetch): string {
  const { progress, failure } = prefetch;
  return listing({
    prefetch: prefetch.id ?? '-',
    image: `${prefetch.image_id} ${prefetch.image_name ?? ''}`.trimEnd(),
    pool: prefetch.pool,
    status: prefetchStatus(prefetch),
    ...(progress && { progress: progressText(progress) }),
    ...(prefetch.entry_generation !== null && { entry: `generation ${prefetch.entry_generation}` }),
    ...(prefetch.pin && { pin: 'the image is pinned as well' }),
    ...(prefetch.deadline !== null && { deadline: timeText(prefetch.deadline) }),
    requested: `${timeText(prefetch.requested_at)} by ${actorText(prefetch.requested_by)}`,
    ended: timeText(prefetch.ended_at),
    ...(failure && { failure: `${failure.code}; ${failure.reason}` }),
  });
}
