import type { Parameter } from './route';

/** A query parameter that is a text. */
export const text = (name: string, description: string): Parameter => ({ name, in: 'query', description });
export const flag = (name: string, description: string): Parameter => ({ ...text(name, description), type: 'boolean' });
export const whole = (name: string, description: string): Parameter => ({
  ...text(name, description),
  type: 'integer',
});

/** What every list takes that comes in pages. */
export const pageParameters = (what: string): readonly Parameter[] => [
  whole('limit', `${what} a page, 1,000 at the most.`),
  text('marker', 'Id of the last one of the page before.'),
  whole('offset', 'How many to leave out.'),
  text('sort', 'Keys with directions: `size:desc,name:asc`. Newest first unless told.'),
];
export const allTenants = flag('all_tenants', 'Of all projects; for administrators.');
export const withCount = flag('with_count', 'Count all that match; from 3.45.');
