export { checkQuotaName, parseUpdateQuota, parseUpdateQuotaClass, refuseBelowUse } from './quota.request';
export type { SentLimits } from './quota.request';
export { limitsOf, limitsView, quotaClassView, quotaSetView, quotaUsageView } from './quota.view';
export type { QuotaFields, QuotaSetFields } from './quota.view';
