// Users of PostgreSQL with no more than they need: the superuser makes them and is used by nobody else.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';

export const databaseUsers = {
  /** Owns the tables: migrates them, projects into them, rebuilds them. The api's, and the rebuild's. */
  api: 'hearth_api',
  /** Reads all tables, those to come included, and writes none: dashboards, and operators who look. */
  reader: 'hearth_reader',
} as const;

/** The database as each of them reaches it. */
export interface DatabaseUrls {
  readonly api: string;
  readonly reader: string;
}

const passwordsSchema = z.object({
  api: z.string().regex(/^[0-9a-f]{32}$/),
  reader: z.string().regex(/^[0-9a-f]{32}$/),
});

/**
 * Makes the users of a database and gives them what is theirs; a second run changes nothing. Passwords are kept in a file for its
 * owner's eyes. Throws an error that names the file where it is damaged, and PostgreSQL's own.
 */
export async function makeDatabaseUsers(superuserUrl: string, passwordsFile: string): Promise<DatabaseUrls> {
  const passwords = await keepPasswords(passwordsFile);
  const client = new Client({ connectionString: superuserUrl });
  client.on('error', () => undefined); // the query's own promise tells
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(4223, 1)');
    for (const kind of ['api', 'reader'] as const) await client.query(roleOf(databaseUsers[kind], passwords[kind]));
    for (const statement of grants) await client.query(statement);
    await client.query('commit');
  } finally {
    await client.end();
  }
  return { api: urlAs(superuserUrl, 'api', passwords.api), reader: urlAs(superuserUrl, 'reader', passwords.reader) };
}

const { api, reader } = databaseUsers;

/** The password is hexadecimal: nothing in it has to be quoted. */
const roleOf = (name: string, password: string): string => `do $$ begin
  if not exists (select from pg_roles where rolname = '${name}') then create role ${name}; end if;
  alter role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${password}';
end $$`;

const grants: readonly string[] = [
  `do $$ begin
    execute format('alter database %I owner to ${api}', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to ${reader}', current_database());
  end $$`,
  `alter schema public owner to ${api}`,
  // Tables of a database that the superuser had made before there were others.
  `do $$ declare made record; begin
    for made in select c.oid::regclass as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relowner <> '${api}'::regrole
    loop execute format('alter table %s owner to ${api}', made.name); end loop;
  end $$`,
  `grant usage on schema public to ${reader}`,
  `grant select on all tables in schema public to ${reader}`,
  // Whatever schema a table is made in: a rebuild makes its tables beside the live ones.
  `alter default privileges for role ${api} grant select on tables to ${reader}`,
];

function urlAs(superuserUrl: string, kind: keyof DatabaseUrls, password: string): string {
  const url = new URL(superuserUrl);
  url.username = databaseUsers[kind];
  url.password = password;
  return url.href;
}

async function keepPasswords(file: string): Promise<z.infer<typeof passwordsSchema>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) {
    try {
      return passwordsSchema.parse(JSON.parse(text));
    } catch {
      throw new Error(`${file} is damaged; remove it, and new passwords are made`);
    }
  }
  const password = () => randomBytes(16).toString('hex');
  const made = { api: password(), reader: password() };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(made), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}
