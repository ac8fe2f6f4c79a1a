import type { ClientBase } from 'pg';
import type { Queries } from './database';

/** The statements of this lib on a connection that somebody holds. */
export const clientQueries = (client: ClientBase): Queries => ({
  query: async <Row extends object>({ text }: { readonly text: string }, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows,
});
