import { nextLink, resourceLinks } from '../links';
import type { ViewContext } from '../volumes/volume.view';
import type { QosConsumer } from './qos.request';

/** QoS specs: what a volume's consumers are to keep to. */
export interface QosSpecsFields {
  readonly id: string;
  readonly name: string;
  readonly consumer: QosConsumer;
  readonly specs: Readonly<Record<string, string>>;
}

/** `GET /qos-specs/{id}`. */
export function qosSpecsView(qos: QosSpecsFields, { base, projectId }: ViewContext) {
  return { qos_specs: fieldsOf(qos), links: resourceLinks(base, projectId, 'qos-specs', qos.id) };
}

const fieldsOf = ({ id, name, consumer, specs }: QosSpecsFields) => ({ id, name, consumer, specs });

/** One page of QoS specs. */
export interface QosSpecsPageFields {
  readonly all: readonly QosSpecsFields[];
  readonly limit: number;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function qosSpecsList({ all, limit, path, query }: QosSpecsPageFields, { base }: ViewContext) {
  const last = all.at(-1);
  return {
    qos_specs: all.map(fieldsOf),
    ...(last && all.length >= limit && { qos_specs_links: [nextLink(base, path, query, last.id)] }),
  };
}

/** `GET /qos-specs/{id}/associations`. */
export const qosAssociationsView = (types: readonly { readonly id: string; readonly name: string }[]) => ({
  qos_associations: types.map(({ id, name }) => ({ association_type: 'volume_type', name, id })),
});
