import { installDebianPackages } from './debian-packages';

/** Debian's Keystone with what it needs to serve alone. The answers keep its maintainer script from making a database and endpoints. */
export function installKeystone(): Promise<void> {
  return installDebianPackages({
    packages: ['keystone', 'uwsgi-core', 'uwsgi-plugin-python3'],
    answers: [
      'keystone keystone/configure_db boolean false',
      'keystone keystone/create-admin-tenant boolean false',
      'keystone keystone/register-endpoint boolean false',
    ],
  });
}
