import {
  type ConnectCapable,
  type ConnectionInfo,
  type Connector,
  DriverError,
  type ObjectRef,
} from '@hearth/driver-api';
import { type ConnectionRecord, requireAttachmentId } from './connection-records';
import type { FilePool } from './file.pool';
import type { EnsureOptions, NbdAddress, NbdServers, NbdTrace } from './nbd-servers';
import { NbdUpkeep } from './nbd-upkeep';
import type { StoredObject } from './object-files';
import { isShared, thaw } from './thaw';
import { Turns } from './turns';

/**
 * Lets attachments use objects of a file pool: by the path of the file on this host, or over NBD. What is recorded in the pool is who is
 * connected; servers follow from that and can be started again at any time.
 */
export class FileConnections implements ConnectCapable {
  /** What is done to one object's connections, by the upkeep too. */
  readonly #turns = new Turns();
  readonly #upkeep: NbdUpkeep | undefined;
  /** By name, as the last round of the upkeep found them. */
  #traces: ReadonlyMap<string, readonly NbdTrace[]> = new Map();

  constructor(
    private readonly pool: FilePool,
    /** None: attachments are told the path. */
    private readonly servers: NbdServers | undefined,
  ) {
    if (!servers) return;
    this.#upkeep = new NbdUpkeep({
      names: () => this.#names(servers),
      restore: (name) => this.#restore(servers, name),
      log: pool.environment.log,
    });
  }

  async connect(
    object: ObjectRef,
    attachmentId: string,
    _connector: Connector,
    { readOnly }: { readonly readOnly: boolean },
  ): Promise<ConnectionInfo> {
    requireAttachmentId(attachmentId);
    return this.#inTurn('connect', object, async (name) => {
      const { connections } = this.pool;
      const found = await this.pool.require(name);
      const record = { attachmentId, readOnly };
      const all = await connections.of(name);
      const earlier = all.find((other) => other.attachmentId === attachmentId);
      const others = all.filter((other) => other !== earlier);
      this.#requireCompatible(found, record, others);
      const stored = readOnly ? found : await thaw(this.pool, found);
      await connections.add(name, record);
      try {
        if (earlier && earlier.readOnly !== readOnly) await this.#stopUnused(name, [record, ...others]);
        // Whom else it would strand, who was told where the server is, keeps it there.
        const mayMove = !others.some((other) => other.readOnly === readOnly);
        return await this.#infoFor(stored, readOnly, { mayMove });
      } catch (error) {
        if (!earlier) await this.#drop(name, attachmentId, others).catch(() => undefined);
        throw error;
      }
    });
  }

  async disconnect(object: ObjectRef, attachmentId: string): Promise<void> {
    requireAttachmentId(attachmentId);
    await this.#inTurn('disconnect', object, async (name) => {
      await this.pool.directory.requireInPlace();
      const others = (await this.pool.connections.of(name)).filter((other) => other.attachmentId !== attachmentId);
      await this.#drop(name, attachmentId, others);
    });
  }

  /** For an object that is to be removed. */
  disconnectAll(name: string): Promise<void> {
    return this.#turns.take(name, async () => {
      if ((await this.pool.connections.of(name)).length > 0) await this.#stopUnused(name, []);
      await this.pool.connections.removeAll(name);
    });
  }

  /** Throws `busy` when an object that is served over NBD is to grow: a server has the size that it began with. */
  async requireGrowing(object: StoredObject): Promise<void> {
    const isFixed = this.servers !== undefined || object.format === 'overlay' || isShared(object);
    if (!isFixed || (await this.pool.connections.of(object.name)).length === 0) return;
    throw new DriverError('busy', `${object.name} cannot grow while it is connected`, { object: object.name });
  }

  /** From now on what attachments were promised is served, and what nobody is connected to is not: see `NbdUpkeep`. */
  async begin(): Promise<void> {
    await this.#upkeep?.begin();
  }

  /** Servers serve on. */
  async close(): Promise<void> {
    await this.#upkeep?.close();
  }

  /** Whoever is connected to anything, and whatever is served. */
  async #names(servers: NbdServers): Promise<ReadonlySet<string>> {
    const traces = new Map<string, NbdTrace[]>();
    for (const trace of await servers.traces()) traces.set(trace.name, [...(traces.get(trace.name) ?? []), trace]);
    this.#traces = traces;
    const names = new Set(traces.keys());
    for await (const name of this.pool.files.having('connections')) names.add(name);
    return names;
  }

  /** Starts what should be served and is not, and ends what nobody is connected to. */
  #restore(servers: NbdServers, name: string): Promise<void> {
    return this.#turns.take(name, async () => {
      const records = await this.pool.connections.of(name);
      for (const readOnly of [false, true]) {
        const trace = this.#traces.get(name)?.find((one) => one.readOnly === readOnly);
        if (records.some((record) => record.readOnly === readOnly)) {
          const stored = await this.pool.require(name);
          await this.#infoFor(stored, readOnly, { mayMove: false, pids: trace?.pids ?? [] });
        } else if (trace) await servers.stop(trace, trace.pids);
      }
    });
  }

  #inTurn<T>(doing: string, object: ObjectRef, work: (name: string) => Promise<T>): Promise<T> {
    return this.pool.doing(doing, object, (name) => this.#turns.take(name, () => work(name)));
  }

  /** A qcow2 file has one process that may write to it, and nobody else then. */
  #requireCompatible(found: StoredObject, record: ConnectionRecord, others: readonly ConnectionRecord[]): void {
    const isOverlay = found.format === 'overlay' || (!record.readOnly && isShared(found));
    if (!isOverlay) return;
    const isApart = (other: ConnectionRecord) =>
      this.servers ? other.readOnly !== record.readOnly : !other.readOnly || !record.readOnly;
    const obstacle = others.find(isApart);
    if (!obstacle) return;
    const mode = obstacle.readOnly ? 'reads' : 'may write to';
    const why = `it is an overlay, and attachment ${obstacle.attachmentId} ${mode} it`;
    throw new DriverError('busy', `cannot connect ${found.name} once more: ${why}`, { object: found.name });
  }

  /** The record goes last: where there is none, there is no server. */
  async #drop(name: string, attachmentId: string, others: readonly ConnectionRecord[]): Promise<void> {
    await this.#stopUnused(name, others);
    await this.pool.connections.remove(name, attachmentId);
  }

  async #stopUnused(name: string, remaining: readonly ConnectionRecord[]): Promise<void> {
    for (const readOnly of [true, false]) {
      if (remaining.some((record) => record.readOnly === readOnly)) continue;
      await this.servers?.stop({ name, readOnly });
    }
  }

  async #infoFor(stored: StoredObject, readOnly: boolean, options: EnsureOptions): Promise<ConnectionInfo> {
    const { name, path } = stored;
    const isOverlay = stored.format === 'overlay';
    const common = { access_mode: readOnly ? 'ro' : 'rw', encrypted: false, qos_specs: null };
    if (!this.servers) {
      const data = { device_path: path, format: isOverlay ? 'qcow2' : 'raw', ...common };
      return { driverVolumeType: 'local', data };
    }
    const base = isOverlay ? this.pool.files.path(name, 'base') : undefined;
    const address = await this.servers.ensure({ name, readOnly }, { path, base }, options);
    return { driverVolumeType: 'nbd', data: { ...nbdData(address), format: 'raw', ...common } };
  }
}

function nbdData(address: NbdAddress): Readonly<Record<string, unknown>> {
  const { uri, export: name } = address;
  if (address.transport === 'unix') return { uri, export: name, host: null, port: null, socket: address.socket };
  return { uri, export: name, host: address.host, port: address.port };
}
