import { type Finding, found } from './finding';

interface Check {
  readonly status?: unknown;
  readonly detail?: unknown;
  readonly error?: unknown;
}

const api = found('api');
const durability = found('durability');

const remedies: Readonly<Record<string, string>> = {
  nats: 'see that NATS runs, and that HEARTH_NATS_URL of the api names it',
  postgres: 'see that PostgreSQL runs, and that HEARTH_DATABASE_URL of the api names it',
  projection: "the tables do not follow the log: the api's own log says why; `npm run rebuild` makes them anew",
  'log-end': 'nothing is changed before that is settled: `hearth log verify`, and docs/how-to/lost-log-tail.md',
  process: 'wait until it is up again',
};

/** What the api says of itself at `/health/ready`. */
export function readinessFindings(status: number | null, body: unknown): readonly Finding[] {
  const checks = (body as { checks?: unknown } | undefined)?.checks;
  if (typeof checks !== 'object' || checks === null) {
    const said = status === null ? 'what is no JSON' : `${status} and no checks`;
    const what = `/health/ready is answered with ${said}: something before the api keeps it from us`;
    return [api('unknown', null, what, 'ask the api itself, at its own address, with --url')];
  }
  const outcomes = Object.entries(checks as Readonly<Record<string, Check>>);
  const failing = outcomes.filter(([, check]) => check.status !== 'ok');
  return [
    ...failing.map(([name, { error }]) =>
      api(
        'failing',
        name,
        typeof error === 'string' ? error : 'it fails',
        remedies[name] ?? "the api's own log says more",
      ),
    ),
    ...(failing.length === 0
      ? [api('ok', null, `ready: ${outcomes.map(([name]) => name).join(', ') || 'it needs nothing'}`)]
      : []),
    ...durabilityFindings(outcomes.find(([name]) => name === 'log')?.[1]),
  ];
}

function durabilityFindings(log: Check | undefined): readonly Finding[] {
  const { durable, reason } = (log?.detail ?? {}) as { durable?: unknown; reason?: unknown };
  const what = typeof reason === 'string' ? reason : 'the api does not say whether its log is durable';
  const todo =
    'set sync_interval: always in the configuration of NATS (2.10 or later), and tell the apps: ' +
    'HEARTH_NATS_MONITORING_URL or HEARTH_NATS_SYNC_ALWAYS';
  if (durable === true) return [durability('ok', null, what)];
  if (durable === false) return [durability('failing', null, `what is acknowledged may be lost: ${what}`, todo)];
  return [durability('unknown', null, what, todo)];
}
