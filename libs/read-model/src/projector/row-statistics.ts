import type { ClientBase } from 'pg';

/** Rows are looked at anew when so many commits were written, then twice as many, and so on. */
const firstCommits = 1_000;

/**
 * Tells PostgreSQL what the tables hold once they have grown. It looks by itself about every minute, and until then takes a project
 * to have next to no volumes: each page of a list would be had by sorting all of them, which 10,000 new ones make ten times as dear.
 */
export class RowStatistics {
  private commits = 0;
  private dueAt = firstCommits;

  constructor(private readonly client: ClientBase) {}

  /** To be called after each write. Throws when the connection is lost. */
  async written(commits: number): Promise<void> {
    this.commits += commits;
    if (this.commits < this.dueAt) return;
    while (this.dueAt <= this.commits) this.dueAt *= 2;
    await this.client.query(analyzeStatement);
  }
}

/** A table that somebody else is looking at, or is about to swap, is left to them. */
const analyzeStatement = 'analyze (skip_locked) volumes, snapshots, attachments, messages';
