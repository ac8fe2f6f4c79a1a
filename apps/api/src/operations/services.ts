import {
  badRequest,
  changedServiceView,
  type ChangeServiceRequest,
  FaultError,
  invalidInput,
  type ServiceFields,
} from '@hearth/cinder-v3';
import type { HostReport, ServiceReport } from '@hearth/contracts';
import { serviceDecider } from '@hearth/domain';
import { readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import { isStorable } from '@hearth/cinder-v3';
import { listServices, type ServiceRow } from '@hearth/read-model';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';

/** The name by which clients know a volume-manager's backend. */
const volumeBinary = 'cinder-volume';

/** All services: the backends, and the other apps that report. */
export async function allServices(services: VolumeServices): Promise<readonly ServiceFields[]> {
  const [backends, others] = await Promise.all([backendServices(services), services.processes.services()]);
  return [...others.map((report) => processFields(report, services.defaults.availabilityZone)), ...backends];
}

/** Services of volumes: backends that the log knows or that report. */
export async function backendServices(services: VolumeServices): Promise<readonly ServiceFields[]> {
  const { database, hosts, defaults } = services;
  const [known, live] = await Promise.all([listServices(database), hosts.hosts()]);
  const rows = new Map(known.map((row) => [row.service, row]));
  const reports = backendsOf([...live.values()]);
  const names = [...new Set([...rows.keys(), ...reports.keys()])].sort();
  const zone = defaults.availabilityZone;
  return names.map((name) => serviceFields(name, rows.get(name), reports.get(name), zone));
}

/** An app that works for all backends. It cannot be disabled, and is not listed when it is gone. */
function processFields({ binary, host, reportedAt }: ServiceReport, zone: string): ServiceFields {
  const always = { enabled: true, disabledReason: null, isUp: true, backendUp: undefined };
  return { binary, host, zone, ...always, updatedAt: reportedAt };
}

/** What a host says of one of its backends. */
interface ReportedBackend {
  readonly zone: string | undefined;
  readonly isOpen: boolean;
  readonly at: string;
}

function backendsOf(reports: readonly HostReport[]): ReadonlyMap<string, ReportedBackend> {
  const backends = new Map<string, ReportedBackend>();
  for (const { host, reportedAt: at, pools, down } of reports) {
    for (const { backend } of down) backends.set(`${host}@${backend}`, { zone: undefined, isOpen: false, at });
    for (const { pool, availabilityZone: zone } of pools) {
      backends.set(pool.slice(0, pool.indexOf('#')), { zone, isOpen: true, at });
    }
  }
  return backends;
}

function serviceFields(
  name: string,
  row: ServiceRow | undefined,
  report: ReportedBackend | undefined,
  zone: string,
): ServiceFields {
  return {
    binary: volumeBinary,
    host: name,
    zone: report?.zone ?? zone,
    enabled: !row?.disabled,
    disabledReason: row?.disabledReason ?? null,
    isUp: report !== undefined,
    backendUp: report?.isOpen ?? false,
    updatedAt: report?.at ?? row?.updatedAt ?? null,
  };
}

/** Of a query's filter: `host` also finds all backends of a host. */
export function servicesLike(all: readonly ServiceFields[], query: URLSearchParams): readonly ServiceFields[] {
  const host = query.get('host');
  const binary = query.get('binary') ?? query.get('service');
  const zone = query.get('zone');
  return all.filter(
    (one) =>
      (host === null || one.host === host || one.host.startsWith(`${host}@`)) &&
      (binary === null || one.binary === binary) &&
      (zone === null || one.zone === zone),
  );
}

/** Enables or disables a backend; again is harmless. Returns the answer's body. Throws faults of 400 and 404. */
export async function changeService(
  services: VolumeServices,
  request: ChangeServiceRequest,
  enable: boolean,
  call: CallContext,
) {
  const { host, reason } = request;
  const binary = request.binary || request.service;
  if (binary === '') throw badRequest('Missing required parameter: binary or service.');
  if (binary !== volumeBinary) throw invalidInput(`only services ${volumeBinary} can be enabled and disabled.`);
  const { store, newId, clock, projected } = services;
  const stream = { category: 'service', id: host } as const;
  const known = isStorable(host) ? await readState(store, serviceDecider, stream) : undefined;
  if (!known || known.sequence === 0) throw serviceNotFound(binary, host);
  const answer = await runCommand(
    { store, newId, now: () => new Date(clock.now()).toISOString() },
    serviceDecider,
    stream,
    enable ? { do: 'EnableService', service: host } : { do: 'DisableService', service: host, reason: reason ?? '' },
    { ...commitContext(call), known },
  );
  if (wasRefused(answer)) throw new Error(`a service cannot refuse: ${answer.refused}`);
  await projected(answer.sequence);
  return changedServiceView(request, enable);
}

export const serviceNotFound = (binary: string, host: string) =>
  new FaultError({ status: 404, message: `Service ${binary} could not be found on host ${host}.` });
