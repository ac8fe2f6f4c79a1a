import { isOfPublicImages } from '@hearth/domain';
import type { Connection } from '../api/connect';
import type { Policy } from '../cache/answers';
import { type Finding, found } from './finding';
import { imageServiceBase } from './image-service';

const policies = found('policies');

/** Which policies lead to nothing: they are about no pool, or there is no image of theirs. Those not enabled are left out. */
export async function policyFindings(all: readonly Policy[], connection: Connection): Promise<readonly Finding[]> {
  const enabled = all.filter((policy) => policy.enabled);
  const findings: Finding[] = [];
  for (const policy of enabled) {
    const subject = `${policy.name} (${policy.id})`;
    const todo = `hearth cache policies update ${policy.id}`;
    if (policy.matched_pools.length === 0) {
      const what = `it is about no pool that has a cache: ${policy.pools.join(', ')}`;
      findings.push(policies('warning', subject, what, `${todo} --pool …; hearth cache pools names them`));
    }
    const problem = await imageProblem(policy, connection);
    if (problem !== undefined)
      findings.push(policies('warning', subject, problem, `${todo} --image … or --image-name …`));
  }
  if (enabled.length === 0 || findings.length > 0) return findings;
  return [policies('ok', null, `pools and images are there for ${enabled.length} policies`)];
}

/** Undefined also where the image service has no answer: that is a finding of its own. */
async function imageProblem(policy: Policy, { imageUrl, token, send }: Connection): Promise<string | undefined> {
  const path = imagePath(policy);
  const url = imageUrl === undefined ? '' : `${imageServiceBase(imageUrl)}${path}`;
  if (path === undefined || !URL.canParse(url)) return undefined;
  try {
    const headers = { 'X-Auth-Token': token, Accept: 'application/json' };
    const { status, body } = await send(new URL(url), { method: 'GET', headers });
    if (policy.image_id !== null && status === 404) return `the image ${policy.image_id} is not there`;
    if (status !== 200) return undefined;
    return problemOf(policy, JSON.parse(body) as { status?: string; images?: readonly unknown[] });
  } catch {
    return undefined;
  }
}

function problemOf(
  { image_id: id }: Policy,
  answer: { readonly status?: string; readonly images?: readonly unknown[] },
): string | undefined {
  if (id !== null) return answer.status === 'active' ? undefined : `the image ${id} is ${answer.status}`;
  return answer.images?.length === 0 ? 'it selects no active image' : undefined;
}

/** Words of the image service's own in a list's query, and values that it takes for comparisons: nothing is to be asked with them. */
const reserved = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'status', 'name', 'member_status', 'tag', 'id'];
const comparison = /^(in|eq|neq|gt|gte|lt|lte):/;

function imagePath({ image_id: id, image_name: name, image_properties: properties }: Policy): string | undefined {
  if (id !== null) return `/v2/images/${id}`;
  const pairs = Object.entries(properties ?? {});
  const isPlain = pairs.every(([key, value]) => !reserved.includes(key) && !comparison.test(value));
  if (!isPlain || comparison.test(name ?? '')) return undefined;
  const query = new URLSearchParams({ ...(name !== null && { name }), ...properties });
  const selector = { ...(name !== null && { name }), ...(properties && { properties }) };
  if (isOfPublicImages(selector)) query.set('visibility', 'public');
  query.set('status', 'active');
  query.set('limit', '1');
  return `/v2/images?${query.toString()}`;
}
