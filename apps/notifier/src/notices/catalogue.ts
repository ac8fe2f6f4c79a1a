import type { z } from 'zod';
import { cacheNoticeSchemas } from './cache.schemas';
import { type NoticeType, noticeTypes } from './notice';
import { volumeNoticeSchemas } from './volume.schemas';

/** The schema of the data of every type of notice. */
export const noticeSchemas = { ...volumeNoticeSchemas, ...cacheNoticeSchemas } satisfies Record<NoticeType, z.ZodType>;

export type DataOf<Type extends NoticeType> = Readonly<z.infer<(typeof noticeSchemas)[Type]>>;

export { noticeTypes };
