export { parseCreateQos, parseListQos, parseSetQos, parseUnsetQos } from './qos.request';
export type { CreateQosRequest, ListQosQuery, SetQosRequest } from './qos.request';
export { qosAssociationsView, qosSpecsList, qosSpecsView } from './qos.view';
export type { QosSpecsFields, QosSpecsPageFields } from './qos.view';
