import type { AdvisorAnswer, AdvisorQuestion, AskedDecision } from './cache-advisor';

/** What the thread is told: decisions, part by part, and at last what is wanted of them. */
export type AdviceOrder = { readonly part: readonly AskedDecision[] } | { readonly question: AdvisorQuestion };

/** What it answers to the question. */
export type AdviceReport = { readonly answer: AdvisorAnswer<AdvisorQuestion['kind']> } | { readonly unusable: string };
