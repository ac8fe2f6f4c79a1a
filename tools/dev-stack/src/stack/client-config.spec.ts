import { execFileSync } from 'node:child_process';
import { cloudsYaml, openrc, operatorrc } from './client-config';

const stack = { apiUrl: 'http://127.0.0.1:8777', imageServiceUrl: 'http://127.0.0.1:9293,http://elsewhere' };

test('clients learn where the API and the images are, and who asks', () => {
  expect(cloudsYaml(stack)).toBe(
    `clouds:
  hearth:
    auth_type: admin_token
    auth:
      endpoint: "http://127.0.0.1:8777/v3/demo"
      token: "demo:alice:member"
    image_endpoint_override: "http://127.0.0.1:9293"
    volume_api_version: '3.65'
  hearth-admin:
    auth_type: admin_token
    auth:
      endpoint: "http://127.0.0.1:8777/v3/demo"
      token: "demo:admin:admin"
    image_endpoint_override: "http://127.0.0.1:9293"
    volume_api_version: '3.65'
`,
  );
});

test('a shell that reads it finds the clouds, wherever they lie', () => {
  const file = `/srv/o'neill/my state/$HOME/clouds.yaml`;
  const script = `${openrc(stack, file)}printf '%s|%s' "$OS_CLIENT_CONFIG_FILE" "$HEARTH_API_URL"`;
  expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`${file}|http://127.0.0.1:8777`);
});

test('an operator is told where the servers are, and as whom to come', () => {
  const servers = {
    natsUrl: 'nats://127.0.0.1:4222',
    natsAccounts: '/srv/accounts',
    databaseUrl: `postgresql://a:p'w@h/d`,
  };
  const script = `${operatorrc(servers)}printf '%s|%s|%s' "$HEARTH_NATS_URL" "$HEARTH_NATS_NKEY_SEED_FILE" "$HEARTH_DATABASE_URL"`;
  const told = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('|');
  expect(told).toEqual([servers.natsUrl, expect.stringMatching(/^\/srv\/accounts\/.*operator/), servers.databaseUrl]);
  expect(operatorrc({ ...servers, natsAccounts: undefined })).not.toContain('SEED');
});
