import { allowedBy, type TokenValidator } from '@hearth/openstack-clients';
import { type Authenticator, type Caller, rightsOf, type SentTokens } from './caller';

export interface KeystoneAuthenticatorOptions {
  readonly identityUri: string;
  /** Roles that make an administrator of their bearer. */
  readonly adminRoles: readonly string[];
  /** Roles of which a service token has one (`service_token_roles`). */
  readonly serviceRoles: readonly string[];
}

/** The names that the catalogue may have this API under, which access rules of application credentials are written for. */
const serviceTypes = ['block-storage', 'block-store', 'volumev3', 'volume'];

/**
 * Callers by Keystone's word, as its middleware before Cinder has it: a service token has to be valid, and speaks for a service if it has
 * a service role; only then the caller's own may have expired. A token for no project opens nothing.
 */
export class KeystoneAuthenticator implements Authenticator {
  readonly identityUri: string;

  constructor(
    private readonly tokens: Pick<TokenValidator, 'validate'>,
    private readonly options: KeystoneAuthenticatorOptions,
  ) {
    this.identityUri = options.identityUri;
  }

  async authenticate({ token, serviceToken, method, path }: SentTokens): Promise<Caller | undefined> {
    const service = serviceToken === undefined ? undefined : await this.tokens.validate(serviceToken);
    if (serviceToken !== undefined && !service) return undefined;
    const isService = service?.roles.some((role) => this.options.serviceRoles.includes(role)) ?? false;
    const known = await this.tokens.validate(token, { allowExpired: isService });
    if (!known?.project) return undefined;
    const { userId, project, accessRules } = known;
    const roles = known.roles.map(inLowerCase);
    if (accessRules && !isService && !allowedBy(accessRules, { method, path }, serviceTypes)) return undefined;
    return {
      projectId: project.id,
      userId,
      ...rightsOf(roles, this.options.adminRoles.map(inLowerCase)),
      isService,
      token,
    };
  }
}

/** Policies of OpenStack compare the names of roles so. */
const inLowerCase = (role: string) => role.toLowerCase();
