/** A user, and the domain that the name is unique in. */
export interface UserName {
  readonly name: string;
  readonly domainName: string;
}

/** What a service proves with who it is. An application credential bears its project and its roles; a password needs a project. */
export type ServiceCredentials =
  | { readonly kind: 'application-credential'; readonly id: string; readonly secret: string }
  | {
      readonly kind: 'application-credential-name';
      readonly name: string;
      readonly user: UserName;
      readonly secret: string;
    }
  | {
      readonly kind: 'password';
      readonly user: UserName;
      readonly password: string;
      readonly project: UserName;
    };

/** The body of `POST /v3/auth/tokens`. It holds the secret: never logged. */
export function authRequest(credentials: ServiceCredentials): object {
  switch (credentials.kind) {
    case 'application-credential': {
      const { id, secret } = credentials;
      return applicationCredential({ id, secret });
    }
    case 'application-credential-name': {
      const { name, user, secret } = credentials;
      return applicationCredential({ name, secret, user: named(user) });
    }
    case 'password': {
      const { user, password, project } = credentials;
      const identity = { methods: ['password'], password: { user: { ...named(user), password } } };
      return { auth: { identity, scope: { project: named(project) } } };
    }
  }
}

const applicationCredential = (proof: object) => ({
  auth: { identity: { methods: ['application_credential'], application_credential: proof } },
});
const named = ({ name, domainName }: UserName) => ({ name, domain: { name: domainName } });
