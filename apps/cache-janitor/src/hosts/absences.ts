/** Since when hosts have been silent, as far as this process has seen it. */
export class Absences {
  private readonly since = new Map<string, number>();

  /** To be told at every look who lives and who is missed; forgets everybody else. */
  saw(missed: ReadonlySet<string>, nowMs: number): void {
    for (const host of this.since.keys()) if (!missed.has(host)) this.since.delete(host);
    for (const host of missed) if (!this.since.has(host)) this.since.set(host, nowMs);
  }

  /** Milliseconds; 0 for a host that is not missed. */
  lengthMs(host: string, nowMs: number): number {
    return nowMs - (this.since.get(host) ?? nowMs);
  }
}
