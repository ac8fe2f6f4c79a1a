import { notFound } from '../fault';
import { readPage, readWithCount } from '../http/paging';

/**
 * A list of what Hearth has none of, under its key. Throws a fault of 400 for a page that is none, and of 404 for a marker: it can
 * name nothing. `noun` is what it should have named.
 */
export function emptyList(key: string, noun: string, query: URLSearchParams, minor: number) {
  const { marker } = readPage(query);
  if (marker !== undefined) throw notFound(noun, marker);
  return { [key]: [], ...(key === 'backups' && readWithCount(query, minor) && { count: 0 }) };
}
