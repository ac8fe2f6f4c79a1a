import type { Connection } from '../api/connect';
import { reasonOf } from '../api/sender';
import { type Finding, found } from './finding';

const images = found('images');

/** Whether the image service tells where images lie, without which nothing is cloned in the place of a download. */
export async function imageServiceFindings({ imageUrl, token, send }: Connection): Promise<readonly Finding[]> {
  if (imageUrl === undefined) {
    const todo = 'name it: --os-cloud or OS_*, or image_endpoint_override in clouds.yaml';
    return [images('unknown', null, 'where the image service is, is not known here', todo)];
  }
  const base = imageServiceBase(imageUrl);
  if (!URL.canParse(base)) return [images('unknown', base, 'that is no URL of an image service')];
  const url = new URL(`${base}/v2/images?limit=1&status=active`);
  try {
    const { status, body } = await send(url, {
      method: 'GET',
      headers: { 'X-Auth-Token': token, Accept: 'application/json' },
    });
    if (status !== 200) return [images('failing', base, `it answers ${status} to who lists images`, 'see its own log')];
    return imageFindings(base, JSON.parse(body) as { images?: readonly object[] });
  } catch (error) {
    const todo = 'see that it runs; hosts need it for every download';
    return [images('failing', base, `it cannot be asked: ${reasonOf(error)}`, todo)];
  }
}

function imageFindings(
  base: string,
  { images: listed = [] }: { readonly images?: readonly object[] },
): readonly Finding[] {
  const [image] = listed;
  if (!image) return [images('unknown', base, 'it has no active image to look at')];
  if ('direct_url' in image || 'locations' in image) {
    return [images('ok', base, 'it says where images lie, at least to who asks here')];
  }
  return [
    images(
      'warning',
      base,
      'it does not say where images lie: no backend clones an image where it is, every first use is a download',
      'show_image_direct_url = True in glance-api.conf, at an endpoint that only services reach (OSSN-0065)',
    ),
  ];
}

/** Without the version and without a slash at its end. */
export function imageServiceBase(imageUrl: string): string {
  return imageUrl.replace(/\/+$/, '').replace(/\/v2(\.\d+)?$/, '');
}
