/** Looks at one thing. What it returns is shown; what it throws makes the app not ready. */
export type HealthCheck = () => unknown | Promise<unknown>;

export interface CheckOutcome {
  readonly status: 'ok' | 'failing';
  readonly detail?: unknown;
  readonly error?: string;
}

export interface Readiness {
  readonly status: 'ok' | 'failing';
  readonly checks: Readonly<Record<string, CheckOutcome>>;
}

const timeoutMs = 2_000;

/** What must be well for an app to be of use. Everybody who holds a connection registers a look at it. */
export class HealthChecks {
  private readonly checks = new Map<string, HealthCheck>();
  private ending = false;
  private looking: Promise<Readonly<Record<string, CheckOutcome>>> | undefined;

  register(name: string, check: HealthCheck): void {
    if (this.checks.has(name)) throw new Error(`a health check named '${name}' is registered already`);
    this.checks.set(name, check);
  }

  /** From now on not ready: no new work should be sent here. */
  shutDown(): void {
    this.ending = true;
  }

  /** Runs all checks side by side; one that takes longer than two seconds fails. Those who ask meanwhile get the same outcomes. */
  async readiness(): Promise<Readiness> {
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    const checks: Record<string, CheckOutcome> = { ...(await this.looking) };
    if (this.ending) checks['process'] = { status: 'failing', error: 'the process is shutting down' };
    const failing = Object.values(checks).some(({ status }) => status === 'failing');
    return { status: failing ? 'failing' : 'ok', checks };
  }

  private async look(): Promise<Readonly<Record<string, CheckOutcome>>> {
    const looks = [...this.checks].map(async ([name, check]) => [name, await runCheck(check)] as const);
    return Object.fromEntries(await Promise.all(looks));
  }
}

async function runCheck(check: HealthCheck): Promise<CheckOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const detail = await Promise.race([Promise.resolve().then(check), late]);
    return { status: 'ok', ...(detail !== undefined && { detail }) };
  } catch (error) {
    return { status: 'failing', error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
