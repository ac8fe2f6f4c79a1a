import { newestMinor } from '../microversion';

/** The list of versions: `GET /` (status 300), and `GET /v3`, `GET /v3/` for somebody who has a token. */
export function versionsView(base: string) {
  return {
    versions: [
      {
        id: 'v3.0',
        status: 'CURRENT',
        version: `3.${newestMinor}`,
        min_version: '3.0',
        updated: '2022-08-31T00:00:00Z',
        links: [
          { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
          { rel: 'self', href: `${base}/v3/` },
        ],
        'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
      },
    ],
  };
}

/** What Cinder's `/healthcheck` answers: that the process serves. What it needs is told by `/health/ready`. */
export const healthcheckView = { detailed: false, reasons: ['OK'] };
