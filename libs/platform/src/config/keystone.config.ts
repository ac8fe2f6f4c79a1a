// How an app proves to Keystone who it is, and finds other services by it. Whether the fields fit together is for whom they are given to.
import { field } from './fields';

export const keystoneConfig = {
  keystoneUrl: field
    .url('identity service (auth_url), with or without /v3; then the credentials below are needed')
    .optional(),
  keystoneRegion: field.text('region whose endpoints are taken from the catalogue, where it has several').optional(),
  keystoneInterface: field
    .oneOf(['internal', 'public', 'admin'], 'interface whose endpoints are taken from the catalogue')
    .default('internal'),
  keystoneTimeoutMs: field
    .integer('how long the identity service may take to answer, repetitions included, in milliseconds', { min: 100 })
    .default(5_000),
  keystoneApplicationCredentialId: field.text('application credential of the service user, by its id').optional(),
  keystoneApplicationCredentialName: field.text('the same by its name, with the user it belongs to').optional(),
  keystoneApplicationCredentialSecret: field.secret('its secret').optional(),
  keystoneUsername: field.text('service user, with its password and project').optional(),
  keystoneUserDomainName: field.text('domain of the service user').default('Default'),
  keystonePassword: field.secret('its password, instead of an application credential').optional(),
  keystoneProjectName: field.text('project in which the service user has its roles').optional(),
  keystoneProjectDomainName: field.text('domain of that project').default('Default'),
};
