// Who comes to NATS: each app, each host, whoever listens from outside, and the operator's tools.
import { parsePoolRef, type PoolRef } from '@hearth/kernel';

/** A host that runs a volume-manager, and its pools, each `host@backend#pool`. */
export interface HostPools {
  readonly host: string;
  readonly pools: readonly PoolRef[];
}

export const appUsers = ['api', 'scheduler', 'cache-janitor', 'notifier'] as const;
export type AppUser = (typeof appUsers)[number];

export type NatsUser =
  | { readonly kind: AppUser | 'operator' }
  | ({ readonly kind: 'volume-manager' } & HostPools)
  /** `subscriber` may replay what it missed; `listener` may send nothing at all, and hears what is sent while it listens. */
  | { readonly kind: 'subscriber' | 'listener'; readonly name: string };

/** What an installation has beside its apps. */
export interface Installation {
  readonly hosts: readonly HostPools[];
  readonly subscribers: readonly string[];
  readonly listeners: readonly string[];
}

/** By this name a user's folder is found: `api`, `volume-manager-store-01`, `subscriber-billing`. */
export function nameOf(user: NatsUser): string {
  if (user.kind === 'volume-manager') return `${user.kind}-${user.host}`;
  return 'name' in user ? `${user.kind}-${user.name}` : user.kind;
}

/** All users of an installation. Throws an error that names what is given twice, or is no name of a folder. */
export function usersOf({ hosts, subscribers, listeners }: Installation): readonly NatsUser[] {
  const users: NatsUser[] = [
    ...[...appUsers, 'operator' as const].map((kind) => ({ kind })),
    ...hosts.map((host) => ({ kind: 'volume-manager' as const, ...host })),
    ...subscribers.map((name) => ({ kind: 'subscriber' as const, name })),
    ...listeners.map((name) => ({ kind: 'listener' as const, name })),
  ];
  const names = new Set<string>();
  for (const name of users.map(nameOf)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name))
      throw new Error(`'${name}' is no name of a user: letters, digits, dots, dashes and underscores`);
    if (names.has(name)) throw new Error(`${name} is given twice`);
    names.add(name);
  }
  return users;
}

/** `store-01=file#default,fast#ssd`. Throws an error that shows what cannot be read. */
export function parseHost(text: string): HostPools {
  const [host = '', list = '', ...rest] = text.split('=');
  const pools = list.split(',').map((pool) => `${host}@${pool}`);
  const wrong = rest.length > 0 || pools.some((pool) => !parsePoolRef(pool));
  if (wrong) throw new Error(`'${text}' is no HOST=BACKEND#POOL[,BACKEND#POOL…], as in store-01=file#default`);
  return { host, pools: pools as PoolRef[] };
}
