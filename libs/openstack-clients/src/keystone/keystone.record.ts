import { z } from 'zod';
import { KeystoneError } from './keystone-error';

/** An access rule of an application credential: a request that its tokens are good for. */
export interface AccessRule {
  /** Type of the service, as the catalogue has it: `volumev3`. */
  readonly service: string;
  readonly method: string;
  /** `*` and `{name}` stand for one part of a path, `**` for any number of them. */
  readonly path: string;
}

/** What Keystone says of a token that is valid. The token itself is not in it. */
export interface ValidatedToken {
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId: string;
  /** Undefined where the token is for no project: unscoped, or for a domain or the system. */
  readonly project: { readonly id: string; readonly name: string; readonly domainId: string } | undefined;
  /** Roles in the project; those that others imply are among them. */
  readonly roles: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Where there are any, the token is good for the requests that one of them allows, and for no other. */
  readonly accessRules: readonly AccessRule[] | undefined;
}

/** One service of the catalogue. */
export interface CatalogueService {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly region?: string | null;
    readonly region_id?: string | null;
    readonly url: string;
  }[];
}

/** A token that was issued to us. */
export interface IssuedToken {
  /** From when on it is good for, by Keystone's clock, in milliseconds. */
  readonly lifetimeMs: number;
  readonly catalogue: readonly CatalogueService[];
}

/** Ids become parts of URLs, of subjects and of rows. */
const id = z.string().regex(/^[\w.@-]{1,255}$/);
const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  context.addIssue({ code: 'custom', message: 'is no time' });
  return z.NEVER;
});
const domain = z.looseObject({ id: z.string() });

const validatedSchema = z.looseObject({
  token: z.looseObject({
    user: z.looseObject({ id, name: z.string(), domain }),
    project: z.looseObject({ id, name: z.string(), domain }).optional(),
    roles: z.array(z.looseObject({ name: z.string() })).default([]),
    expires_at: time,
    application_credential: z
      .looseObject({
        access_rules: z.array(z.looseObject({ service: z.string(), method: z.string(), path: z.string() })).nullish(),
      })
      .nullish(),
  }),
});

const issuedSchema = z.looseObject({
  token: z.looseObject({
    issued_at: time,
    expires_at: time,
    catalog: z
      .array(
        z.looseObject({
          type: z.string(),
          endpoints: z
            .array(
              z.looseObject({
                interface: z.string(),
                region: z.string().nullish(),
                region_id: z.string().nullish(),
                url: z.string(),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
});

/** Throws `KeystoneError` of the kind `nonsense`. */
export function readValidatedToken(json: unknown): ValidatedToken {
  const { token } = read(validatedSchema, json, 'what it says of a token');
  const { user, project } = token;
  return {
    ...{ userId: user.id, userName: user.name, userDomainId: user.domain.id },
    project: project && { id: project.id, name: project.name, domainId: project.domain.id },
    roles: token.roles.map(({ name }) => name),
    expiresAtMs: token.expires_at,
    accessRules: token.application_credential?.access_rules?.map(({ service, method, path }) => ({
      ...{ service, method, path },
    })),
  };
}

/** Throws `KeystoneError` of the kind `nonsense`. */
export function readIssuedToken(json: unknown): IssuedToken {
  const { token } = read(issuedSchema, json, 'the token it issued');
  return { lifetimeMs: token.expires_at - token.issued_at, catalogue: token.catalog };
}

function read<Schema extends z.ZodType>(schema: Schema, json: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new KeystoneError('nonsense', `Keystone's answer is none, in ${what}: ${z.prettifyError(parsed.error)}`);
}
