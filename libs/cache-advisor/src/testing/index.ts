export { anyDecisions, decisionOf } from './any-decisions';
export { anImage } from './images';
export type { Image } from './images';
export { runPlainly } from './plain-cache';
export type { PlainRun } from './plain-cache';
export { seededRandom, zipfRanks } from './random';
export type { Random } from './random';
export { burstTrace, nightlyTrace, oneHitTrace, scanTrace, zipfTrace } from './traces';
export type { TraceShape } from './traces';
