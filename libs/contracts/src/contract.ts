import type { z } from 'zod';

/** One type of event: its present version and the schema of its data in that version. */
export interface EventSpec {
  readonly version: number;
  readonly data: z.ZodType;
}

/** Data of version n to data of version n + 1; pure. */
export type Upcast = (data: unknown) => unknown;

/**
 * All that is stored under one category of streams. A field may be added as optional without a new version; anything else is
 * a new version of the type, with an upcast from the version before it. Stored events are never edited.
 */
export interface CategoryContract<Specs extends Record<string, EventSpec>> {
  readonly category: string;
  readonly events: Specs;
  /** `upcasts[type][n]` leads from version n to version n + 1. */
  readonly upcasts: { readonly [Type in keyof Specs]?: Readonly<Record<number, Upcast>> };
}

/** The union of a contract's events in their latest shape: what deciders and projections know. */
export type EventOf<Contract> =
  Contract extends CategoryContract<infer Specs>
    ? {
        [Type in keyof Specs & string]: { readonly type: Type; readonly data: Readonly<z.infer<Specs[Type]['data']>> };
      }[keyof Specs & string]
    : never;

export function defineCategory<const Specs extends Record<string, EventSpec>>(
  contract: CategoryContract<Specs>,
): CategoryContract<Specs> {
  return contract;
}

/** An event as it is stored inside a commit. */
export interface StoredEvent {
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

/** A stored event that today's contract cannot read: unknown type, version from the future, or data that does not fit. */
export class UnreadableEventError extends Error {
  constructor(
    readonly category: string,
    readonly event: StoredEvent,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`${category} event ${event.type} v${event.version} cannot be read: ${why}`, options);
    this.name = 'UnreadableEventError';
  }
}

/** An event in its latest shape with its version written beside it, checked against its schema. Throws on data that does not fit. */
export function encodeEvent<Specs extends Record<string, EventSpec>>(
  contract: CategoryContract<Specs>,
  event: { readonly type: string; readonly data: unknown },
): StoredEvent {
  const spec = contract.events[event.type];
  const stored = { type: event.type, version: spec?.version ?? 0, data: event.data };
  if (!spec) throw new UnreadableEventError(contract.category, stored, 'the contract has no such type');
  return { ...stored, data: parseData(contract.category, stored, spec) };
}

/** A stored event brought to its latest version and checked. */
export function decodeEvent<Specs extends Record<string, EventSpec>>(
  contract: CategoryContract<Specs>,
  stored: StoredEvent,
): EventOf<CategoryContract<Specs>> {
  const spec = contract.events[stored.type];
  if (!spec) throw new UnreadableEventError(contract.category, stored, 'the contract has no such type');
  if (stored.version > spec.version) {
    throw new UnreadableEventError(
      contract.category,
      stored,
      `this build knows versions up to ${spec.version}; upgrade it`,
    );
  }
  let data = stored.data;
  for (let version = stored.version; version < spec.version; version += 1) {
    const upcast = contract.upcasts[stored.type]?.[version];
    if (!upcast)
      throw new UnreadableEventError(contract.category, stored, `no upcast leads on from version ${version}`);
    data = upcast(data);
  }
  return { type: stored.type, data: parseData(contract.category, { ...stored, data }, spec) } as EventOf<
    CategoryContract<Specs>
  >;
}

function parseData(category: string, stored: StoredEvent, spec: EventSpec): unknown {
  const parsed = spec.data.safeParse(stored.data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UnreadableEventError(
    category,
    stored,
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`,
    {
      cause: parsed.error,
    },
  );
}
