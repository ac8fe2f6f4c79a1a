import { type Finding, found } from './finding';

/** As `GET /v3/os-services` lists it. */
export interface Service {
  readonly binary: string;
  readonly host: string;
  readonly status: string;
  readonly state: string;
  /** UTC without a zone. */
  readonly updated_at: string | null;
  readonly backend_state?: string;
  readonly disabled_reason: string | null;
}

const hosts = found('hosts');
const clocks = found('clocks');

const names: Readonly<Record<string, string>> = {
  'cinder-volume': 'a volume-manager',
  'cinder-scheduler': 'a scheduler',
};

/** Who is away, closed, or disabled. */
export function serviceFindings(services: readonly Service[]): readonly Finding[] {
  const missing = Object.entries(names).filter(([binary]) => !services.some((one) => one.binary === binary));
  const findings = [
    ...missing.map(([, name]) => hosts('failing', null, `${name} has never reported`, `start ${name}`)),
    ...services.flatMap(serviceFinding),
  ];
  const up = services.filter(({ state }) => state === 'up').length;
  return findings.length > 0 ? findings : [hosts('ok', null, `all ${up} services report`)];
}

function serviceFinding({ binary, host, state, status, updated_at, backend_state, disabled_reason }: Service) {
  const subject = `${binary} ${host}`;
  if (state !== 'up') {
    const since = updated_at === null ? '' : ` since ${updated_at.slice(0, 19)}`;
    return [
      hosts('failing', subject, `it is away${since}`, 'start it; its log and its /health/ready say why it is not'),
    ];
  }
  if (backend_state === 'down') {
    const todo = 'the log of its host says why its backend cannot be used';
    return [hosts('failing', subject, 'it reports, but its backend is down', todo)];
  }
  if (status === 'enabled') return [];
  const why = disabled_reason ? `: ${disabled_reason}` : '';
  return [hosts('note', subject, `it is disabled${why}`, `openstack volume service set --enable ${host} ${binary}`)];
}

/** Apart by more than this, times of different machines cannot be compared as they are. */
const apartSecondsMax = 5;
/** Reports come every few seconds. */
const silentSecondsMax = 60;

/** Whether the api's clock agrees with ours, and hosts' with the api's. */
export function clockFindings(services: readonly Service[], apiMs: number | null, ourMs: number): readonly Finding[] {
  if (apiMs === null) return [clocks('unknown', null, 'the api does not tell the time', null)];
  const todo = 'let all machines follow the same servers of time (NTP)';
  const apart = Math.round((ourMs - apiMs) / 1_000);
  const late = services.flatMap(({ binary, host, state, updated_at }) => {
    if (state !== 'up' || updated_at === null) return [];
    const seconds = Math.round((Date.parse(`${updated_at}Z`) - apiMs) / 1_000);
    const subject = `${binary} ${host}`;
    if (seconds > apartSecondsMax)
      return [clocks('warning', subject, `its clock is ${seconds} s ahead of the api's`, todo)];
    if (seconds >= -silentSecondsMax) return [];
    return [clocks('warning', subject, `it dates its reports ${-seconds} s back: its clock is behind the api's`, todo)];
  });
  const ours =
    Math.abs(apart) > apartSecondsMax
      ? [
          clocks(
            'warning',
            null,
            `this machine's clock is ${Math.abs(apart)} s ${apart > 0 ? 'ahead of' : 'behind'} the api's`,
            todo,
          ),
        ]
      : [];
  const findings = [...ours, ...late];
  return findings.length > 0 ? findings : [clocks('ok', null, 'the clocks agree')];
}
