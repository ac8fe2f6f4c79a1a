import type { Caller } from './caller';
import { GlanceError } from './glance-error';
import type { Image } from './image.catalogue';
import type { ImageRecord } from './image-record';

/** One page of images. */
export interface Page {
  readonly images: readonly ImageRecord[];
  /** Of the last image on the page, when there are more. */
  readonly nextMarker: string | undefined;
}

const limitDefault = 25;
const limitMax = 1000;
const notFilters = ['limit', 'marker', 'sort_key', 'sort_dir', 'sort', 'member_status'];

/** Whether a caller may see an image by its id. */
export function maySee(caller: Caller, { record, members }: Image): boolean {
  if (caller.isAdmin || record.visibility === 'public' || record.visibility === 'community') return true;
  if (caller.projectId === undefined) return false;
  return record.owner === caller.projectId || (record.visibility === 'shared' && members.includes(caller.projectId));
}

/** The page of the list that the query asks for. Throws 400 for a limit, marker or sort key that is none. */
export function listImages(images: readonly Image[], query: URLSearchParams, caller: Caller): Page {
  const limit = readLimit(query.get('limit'));
  const visible = images.filter((image) => isListed(image, query, caller)).map(({ record }) => record);
  const found = visible.filter((record) => matches(record, query)).sort(readOrder(query));
  const marker = query.get('marker');
  const after = marker === null ? 0 : found.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && after === 0) throw new GlanceError(400, `Invalid marker: no image found with ID ${marker}`);
  const page = found.slice(after, after + limit);
  return { images: page, nextMarker: after + limit < found.length ? page.at(-1)?.id : undefined };
}

/** Beside what one may see: community images are listed to others only when asked for, hidden ones likewise. */
function isListed(image: Image, query: URLSearchParams, caller: Caller): boolean {
  const { record } = image;
  const visibility = query.get('visibility');
  const isOwn = caller.projectId !== undefined && record.owner === caller.projectId;
  const hidden = (query.get('os_hidden') ?? 'false').toLowerCase() === 'true';
  if (record.os_hidden !== hidden || !maySee(caller, image)) return false;
  if (visibility !== null && visibility !== 'all') return record.visibility === visibility;
  return record.visibility !== 'community' || visibility === 'all' || isOwn || caller.isAdmin;
}

function matches(record: ImageRecord, query: URLSearchParams): boolean {
  for (const [key, wanted] of query) {
    if (notFilters.includes(key) || key === 'visibility' || key === 'os_hidden') continue;
    if (key === 'tag' ? !record.tags.includes(wanted) : !matchesField(record, key, wanted)) return false;
  }
  return true;
}

function matchesField(record: ImageRecord, key: string, wanted: string): boolean {
  if (key === 'size_min') return (record.size ?? 0) >= readInteger(key, wanted);
  if (key === 'size_max') return (record.size ?? 0) <= readInteger(key, wanted);
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  const options = wanted.startsWith('in:') ? wanted.slice(3).split(',').map(unquote) : [wanted];
  return options.includes(String(value));
}

const unquote = (text: string): string => text.replace(/^"(.*)"$/, '$1');

function readLimit(text: string | null): number {
  return text === null ? limitDefault : Math.min(readInteger('limit', text), limitMax);
}

function readInteger(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new GlanceError(400, `${name} param must be an integer of zero or more`);
  return Number(text);
}

const sortKeys = ['name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at'];

/** `sort=key:dir,…` or `sort_key` and `sort_dir` in pairs; the newest first unless told. Equals are ordered by id. */
function readOrder(query: URLSearchParams): (a: ImageRecord, b: ImageRecord) => number {
  const pairs = query
    .get('sort')
    ?.split(',')
    .map((pair) => pair.split(':'));
  const directions = query.getAll('sort_dir');
  const keys =
    pairs ?? query.getAll('sort_key').map((key, index) => [key, directions[index] ?? directions[0] ?? 'desc']);
  const order = [...(keys.length ? keys : [['created_at', 'desc']]), ['id', 'desc']];
  for (const [key = '', direction = 'desc'] of order) {
    if (!sortKeys.includes(key)) throw new GlanceError(400, `Invalid sort key: ${key}`);
    if (!['asc', 'desc'].includes(direction)) throw new GlanceError(400, `Invalid sort direction: ${direction}`);
  }
  return (a, b) => {
    for (const [key, direction] of order) {
      const difference = compare(a[key!], b[key!]);
      if (difference !== 0) return direction === 'asc' ? difference : -difference;
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  // A size that is not known yet comes before every size.
  if (typeof a === 'number' || typeof b === 'number') return sizeOf(a) - sizeOf(b);
  const [left, right] = [typeof a === 'string' ? a : '', typeof b === 'string' ? b : ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

const sizeOf = (value: unknown): number => (typeof value === 'number' ? value : -1);
