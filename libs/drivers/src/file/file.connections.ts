import {
  type ConnectCapable,
  type ConnectionInfo,
  type Connector,
  DriverError,
  type ObjectRef,
} from '@hearth/driver-api';
import { type ConnectionRecord, requireAttachmentId } from './connection-records';
import type { FilePool } from './file.pool';
import type { NbdAddress, NbdServers } from './nbd-servers';
import type { StoredObject } from './object-files';
import { isShared, thaw } from './thaw';

/**
 * Lets attachments use objects of a file pool: by the path of the file on this host, or over NBD. What is recorded in the pool is who is
 * connected; servers follow from that and can be started again at any time.
 */
export class FileConnections implements ConnectCapable {
  constructor(
    private readonly pool: FilePool,
    /** None: attachments are told the path. */
    private readonly servers: NbdServers | undefined,
  ) {}

  async connect(
    object: ObjectRef,
    attachmentId: string,
    _connector: Connector,
    { readOnly }: { readonly readOnly: boolean },
  ): Promise<ConnectionInfo> {
    requireAttachmentId(attachmentId);
    return this.pool.doing('connect', object, async (name) => {
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
        return await this.#infoFor(stored, readOnly);
      } catch (error) {
        if (!earlier) await this.#drop(name, attachmentId, others).catch(() => undefined);
        throw error;
      }
    });
  }

  async disconnect(object: ObjectRef, attachmentId: string): Promise<void> {
    requireAttachmentId(attachmentId);
    await this.pool.doing('disconnect', object, async (name) => {
      await this.pool.directory.requireInPlace();
      const others = (await this.pool.connections.of(name)).filter((other) => other.attachmentId !== attachmentId);
      await this.#drop(name, attachmentId, others);
    });
  }

  /** For an object that is to be removed. */
  async disconnectAll(name: string): Promise<void> {
    if ((await this.pool.connections.of(name)).length > 0) await this.#stopUnused(name, []);
    await this.pool.connections.removeAll(name);
  }

  /** Throws `busy` when an object that is served over NBD is to grow: a server has the size that it began with. */
  async requireGrowing(object: StoredObject): Promise<void> {
    const isFixed = this.servers !== undefined || object.format === 'overlay' || isShared(object);
    if (!isFixed || (await this.pool.connections.of(object.name)).length === 0) return;
    throw new DriverError('busy', `${object.name} cannot grow while it is connected`, { object: object.name });
  }

  /** Starts what should be served and is not, after the host was restarted for instance, and ends what nobody is connected to. */
  async restore(): Promise<void> {
    if (!this.servers) return;
    const { files, connections, environment } = this.pool;
    const wanted = new Set<string>();
    const trying = async (name: string, work: () => Promise<unknown>) => {
      await work().catch((error: Error) =>
        environment.log.warn('cannot restore the NBD server of an object', { object: name, error: error.message }),
      );
    };
    for await (const name of files.having('connections')) {
      for (const readOnly of new Set((await connections.of(name)).map((record) => record.readOnly))) {
        wanted.add(`${name} ${readOnly}`);
        await trying(name, async () => this.#infoFor(await this.pool.require(name), readOnly));
      }
    }
    for (const served of await this.servers.known()) {
      if (wanted.has(`${served.name} ${served.readOnly}`)) continue;
      await trying(served.name, async () => this.servers?.stop(served));
    }
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

  async #infoFor(stored: StoredObject, readOnly: boolean): Promise<ConnectionInfo> {
    const { name, path } = stored;
    const isOverlay = stored.format === 'overlay';
    const common = { access_mode: readOnly ? 'ro' : 'rw', encrypted: false, qos_specs: null };
    if (!this.servers) {
      const data = { device_path: path, format: isOverlay ? 'qcow2' : 'raw', ...common };
      return { driverVolumeType: 'local', data };
    }
    const base = isOverlay ? this.pool.files.path(name, 'base') : undefined;
    const address = await this.servers.ensure({ name, readOnly }, { path, base });
    return { driverVolumeType: 'nbd', data: { ...nbdData(address), format: 'raw', ...common } };
  }
}

function nbdData(address: NbdAddress): Readonly<Record<string, unknown>> {
  const { uri, export: name } = address;
  if (address.transport === 'unix') return { uri, export: name, host: null, port: null, socket: address.socket };
  return { uri, export: name, host: address.host, port: address.port };
}
