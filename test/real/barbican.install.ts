import { installDebianPackages } from './debian-packages';

/**
 * What serves Barbican's API alone: its common package brings the application, `barbican-api` would only add a service unit and the
 * command-line client. The answers keep the maintainer scripts from asking for a database, a broker and Keystone.
 */
export function installBarbican(): Promise<void> {
  return installDebianPackages({
    packages: ['barbican-common', 'uwsgi-core', 'uwsgi-plugin-python3'],
    answers: [
      'barbican-common barbican/configure_db boolean false',
      'barbican-common barbican/configure_rabbit boolean false',
      'barbican-common barbican/configure_ksat boolean false',
    ],
  });
}
