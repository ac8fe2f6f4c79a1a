import { timeText } from '../amounts';
import type { Column } from '../table';
import { actorText, type Pin } from './answers';

export const pinColumns: readonly Column<Pin>[] = [
  { title: 'IMAGE', text: ({ image_id }) => image_id },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'PINNED', text: ({ pinned_at }) => timeText(pinned_at) },
  { title: 'BY', text: ({ pinned_by }) => actorText(pinned_by), shrinks: true },
  { title: 'NOTE', text: ({ note }) => note ?? '-', shrinks: true },
];
