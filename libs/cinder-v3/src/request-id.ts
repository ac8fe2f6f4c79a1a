const pattern = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The answer names the request under both, as Cinder does. */
export const requestIdHeaders = ['x-compute-request-id', 'x-openstack-request-id'] as const;

export const requestIdOf = (uuid: string) => `req-${uuid}`;

/** The id under which the caller knows the request, where it sent a well-formed one (`req-` and a UUID). */
export function globalRequestId(header: string | undefined): string | undefined {
  return header !== undefined && pattern.test(header) ? header : undefined;
}
