/** Who asks. */
export interface Caller {
  readonly projectId: string | undefined;
  readonly isAdmin: boolean;
}

/** Without a token the service is as open as a Glance without Keystone: everybody is the administrator. */
const openCaller: Caller = { projectId: undefined, isAdmin: true };

/**
 * Reads a development token, `project:user:role,role`. It is believed as it stands, which is why the service listens on
 * the loopback address unless told. Undefined: this is no such token.
 */
export function readCaller(token: string | undefined): Caller | undefined {
  if (token === undefined || token === '') return openCaller;
  const match = /^([\w.@-]{1,255}):([\w.@-]{1,255}):([\w.,-]{1,255})$/.exec(token);
  if (!match) return undefined;
  return { projectId: match[1], isAdmin: match[3]!.split(',').includes('admin') };
}
