/** Lines of files of events, as the advisor reads them. */

export const pool = 'store-01@fast#default';
export const imageId = '30000000-0000-4000-8000-000000000001';

/** Seconds after a fixed moment, as Cinder writes times. */
const cinderTime = (second: number) =>
  new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace('T', ' ').replace('Z', '000');
const isoTime = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

export interface Notice {
  readonly type: string;
  /** After a fixed moment. */
  readonly second: number;
  readonly requestId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The message as the bare driver sends it. */
export function plainNotification({ type, second, requestId, payload }: Notice): string {
  return JSON.stringify({
    message_id: `m-${second}`,
    publisher_id: 'volume.store-01',
    event_type: type,
    priority: 'INFO',
    payload,
    timestamp: cinderTime(second),
    _context_request_id: requestId,
    _context_project_id: 'internal',
  });
}

/** The same inside oslo's envelope, which is what lies in a queue. */
export function wrappedNotification(notice: Notice): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': plainNotification(notice) });
}

/** The same as a listener gets it. */
export function listenedNotification({ type, second, requestId, payload }: Notice): string {
  const metadata = { message_id: `m-${second}`, timestamp: cinderTime(second) };
  return JSON.stringify({ ctxt: { request_id: requestId }, event_type: type, publisher_id: 'p', payload, metadata });
}

export const cacheNotice = (
  answer: 'hit' | 'miss' | 'evict',
  second: number,
  requestId: string,
  image = imageId,
): Notice => ({
  type: `image_volume_cache.${answer}`,
  second,
  requestId,
  payload: { image_id: image, host: pool },
});

/** A volume of `project` of so many GiB; from an image of so many bytes, or an image-volume. */
export const volumeNotice = (
  second: number,
  {
    name,
    sizeGib,
    project = 'demo',
    imageBytes,
  }: { name: string; sizeGib: number; project?: string; imageBytes?: number },
): Notice => ({
  type: 'volume.create.end',
  second,
  requestId: 'req-user',
  payload: {
    ...{ tenant_id: project, host: pool, display_name: name, size: sizeGib, status: 'available' },
    ...(imageBytes !== undefined && {
      glance_metadata: [
        { key: 'image_id', value: imageId },
        { key: 'size', value: String(imageBytes) },
      ],
    }),
  },
});

/** All that Cinder says of a create whose image it copies into its cache, which takes six seconds. */
export const cinderMiss = (second: number, { sizeGib = 20, imageBytes = 5e9 } = {}): Notice[] => [
  cacheNotice('miss', second, `req-a${second}`),
  cacheNotice('miss', second + 0.005, `req-b${second}`),
  cacheNotice('miss', second + 5, `req-b${second}`),
  volumeNotice(second + 6, { name: `image-${imageId}`, sizeGib: 8, project: 'internal' }),
  volumeNotice(second + 6.1, { name: 'a', sizeGib, imageBytes }),
];

/** All that Cinder says of a create that it serves from its cache. */
export const cinderHit = (second: number, { sizeGib = 20, imageBytes = 5e9 } = {}): Notice[] => [
  cacheNotice('hit', second, `req-c${second}`),
  cacheNotice('hit', second + 0.006, `req-d${second}`),
  volumeNotice(second + 0.5, { name: 'b', sizeGib, imageBytes }),
];

/** A commit of Hearth's log as `npm run stream -- --json` prints it. */
export function commitLine(
  second: number,
  events: readonly object[],
  stream = { category: 'image-cache', id: pool },
): string {
  return JSON.stringify({ id: `c-${second}`, recordedAt: isoTime(second), stream, sequence: second + 1, events });
}

/** One of Hearth's CloudEvents. */
export function cloudEventLine(type: string, second: number, data: Readonly<Record<string, unknown>>): string {
  const attributes = { specversion: '1.0', id: `${type}/${second}`, source: 'hearth', type, time: isoTime(second + 1) };
  return JSON.stringify({
    ...attributes,
    data: { host: pool, image_id: imageId, occurred_at: isoTime(second), ...data },
  });
}
