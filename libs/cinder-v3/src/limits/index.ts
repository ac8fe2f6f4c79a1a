export { RateLimitedError, rateLimitedAnswer, ratesView } from './rate-limit';
export type { RateLimit, RateUsage } from './rate-limit';
