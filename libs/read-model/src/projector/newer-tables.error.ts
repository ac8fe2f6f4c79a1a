/** A newer release has changed the tables: this one would fold commits into them as it knows them, and leave out what is new. */
export class NewerTablesError extends Error {
  constructor(readonly migrations: readonly string[]) {
    super(`the tables are of a newer release (${migrations.join(', ')}): only an api of that release keeps them`);
    this.name = 'NewerTablesError';
  }
}
