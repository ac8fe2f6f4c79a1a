import type { CatalogueEntry, KeystoneProject } from './keystone.admin';
import type { ApplicationCredential, Keystone, PasswordCredentials } from './keystone';

/** The users of the cloud: what each may do in which project. */
const inhabitants = {
  /** An administrator, in the project of the members. */
  admin: { project: 'demo', roles: ['admin'] },
  member: { project: 'demo', roles: ['member'] },
  reader: { project: 'demo', roles: ['reader'] },
  /** A member of another project. */
  stranger: { project: 'other', roles: ['member'] },
  /** As whom Glance asks Keystone about tokens. */
  glance: { project: 'service', roles: ['admin', 'service'] },
  /** As whom Hearth asks Keystone about tokens, and others for what it needs. */
  cinder: { project: 'service', roles: ['admin', 'service'] },
  /** As whom a compute service attaches volumes, beside the token of its user. */
  nova: { project: 'service', roles: ['service'] },
  /** Owns what the image-volume cache keeps for all. */
  'cinder-internal': { project: 'cinder-internal', roles: ['member'] },
} as const;

const projectNames = ['service', 'demo', 'other', 'cinder-internal'] as const;

export type Inhabitant = keyof typeof inhabitants;

/** What an operator sets up in a new Keystone before anybody works: projects, users with roles, credentials of services. */
export interface Cloud {
  readonly projects: Readonly<Record<(typeof projectNames)[number], KeystoneProject>>;
  readonly users: Readonly<Record<Inhabitant, PasswordCredentials>>;
  /** The application credential of `cinder`. */
  readonly blockStorage: ApplicationCredential;
}

/** Furnishes a Keystone that has nobody but its first administrator. */
export async function furnish(keystone: Keystone): Promise<Cloud> {
  const { admin } = keystone;
  const projects = Object.fromEntries(
    await Promise.all(projectNames.map(async (name) => [name, await admin.createProject(name)] as const)),
  ) as Cloud['projects'];
  const settle = async (name: Inhabitant) => {
    const { project, roles } = inhabitants[name];
    const user = await admin.createUser(name === 'admin' ? 'operator' : name);
    for (const role of roles) await admin.grant(user, projects[project], role);
    return [name, { userName: user.name, password: user.password, projectName: project }] as const;
  };
  const settled: (readonly [Inhabitant, PasswordCredentials])[] = [];
  for (const name of Object.keys(inhabitants) as Inhabitant[]) settled.push(await settle(name));
  const users = Object.fromEntries(settled) as Cloud['users'];
  return { projects, users, blockStorage: await admin.createApplicationCredential(users.cinder, 'hearth') };
}

/** Where the services answer: roots without a version. */
export interface ServiceUrls {
  readonly image: string;
  readonly blockStorage: string;
  readonly compute?: string;
}

/**
 * The catalogue as clients expect it, beside Keystone itself, which is in it from its bootstrap: block storage under the type of old,
 * with the project in its URL, and under the one of today.
 */
export async function furnishCatalogue({ admin }: Keystone, urls: ServiceUrls): Promise<void> {
  const entries: CatalogueEntry[] = [
    { type: 'image', name: 'glance', url: urls.image },
    { type: 'volumev3', name: 'cinderv3', url: `${urls.blockStorage}/v3/%(project_id)s` },
    { type: 'block-storage', name: 'cinder', url: `${urls.blockStorage}/v3` },
  ];
  if (urls.compute) entries.push({ type: 'compute', name: 'nova', url: `${urls.compute}/v2.1` });
  for (const entry of entries) await admin.register(entry);
}
