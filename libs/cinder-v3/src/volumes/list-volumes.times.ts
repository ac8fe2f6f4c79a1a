import { badRequest } from '../fault';

const operators = ['gt', 'gte', 'eq', 'neq', 'lt', 'lte'] as const;

/** Instants in ISO 8601; all that are given must hold. */
export type TimeFilter = { readonly [Operator in (typeof operators)[number]]?: string };

/** Reads `gt:2026-01-01T00:00:00,lt:…`; an instant without a zone is UTC. Throws a fault of 400. */
export function readTimes(text: string, name: string): TimeFilter {
  return Object.fromEntries(
    text.split(',').map((comparison) => {
      const [word = '', ...rest] = comparison.split(':');
      const operator = operators.find((known) => known === word);
      if (!operator) throw badRequest(`Invalid ${(word || name).slice(0, 255)} operator`);
      return [operator, instantOf(rest.join(':'))];
    }),
  );
}

const isoTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?$/i;

/** Python's dates begin and end here, and so do those of the database. */
const firstInstant = Date.parse('0001-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

function instantOf(text: string): string {
  const invalid = () => badRequest(`Invalid ${text.slice(0, 255)} value`);
  const [, , , , zone] = isoTime.exec(text.trim()) ?? [];
  if (!isoTime.test(text.trim())) throw invalid();
  const instant = new Date(zone === undefined ? `${completed(text.trim())}Z` : completed(text.trim()));
  const at = instant.getTime();
  if (Number.isNaN(at) || at < firstInstant || at > lastInstant) throw invalid();
  return instant.toISOString();
}

/** In the one form that every part of the program reads: a date alone begins at midnight. */
function completed(text: string): string {
  const spelled = text.toUpperCase().replace(' ', 'T').replace(',', '.');
  const withTime = spelled.includes('T') ? spelled : spelled.replace(/^(\d{4}-\d\d-\d\d)/, '$1T00:00');
  return withTime.replace(/([+-]\d\d)$/, '$1:00').replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}
