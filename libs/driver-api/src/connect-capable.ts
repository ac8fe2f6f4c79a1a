import type { ObjectRef, VolumeDriver } from './volume-driver';

/** What os-brick or Nova tells of the machine that wants to use a volume: `host`, `ip`, `initiator`, `multipath`, …; may be empty. */
export interface Connector {
  readonly [key: string]: unknown;
}

/** How a machine gets at an object, in the terms of os-brick. It holds no secret: it is stored in the log. */
export interface ConnectionInfo {
  readonly driverVolumeType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Letting others use an object. Who wants to write to an object connects it first: a source of clones becomes writable by that alone. */
export interface ConnectCapable {
  /**
   * After it, the attachment may use the object as the answer says, until `disconnect`. Called again, also by another process after a
   * crash, it gives the same answer and disturbs nobody who uses it; what has stopped to serve the object is started again. Throws
   * `not-found`, `busy` (already connected in a way that does not go together with this one: see `capabilities.multiattach`; or nothing
   * is left to connect it by), `unavailable`, `misconfigured`, `failed`.
   */
  connect(
    object: ObjectRef,
    attachmentId: string,
    connector: Connector,
    options: { readonly readOnly: boolean },
  ): Promise<ConnectionInfo>;

  /**
   * After it, the attachment can no longer use the object, as far as the backend can prevent it; other attachments are not disturbed. Not
   * connected, or no such object, is success. Throws `busy`, `unavailable`, `failed`.
   */
  disconnect(object: ObjectRef, attachmentId: string): Promise<void>;
}

export function canConnect(driver: VolumeDriver): driver is VolumeDriver & ConnectCapable {
  return 'connect' in driver;
}
