import { z } from 'zod';

/**
 * What the api says of the log: `sound`, it holds all that was seen of it; `suspect`, it does not, and nothing is to be built on it;
 * `checking`, nobody can say yet.
 */
export const logStatuses = ['sound', 'checking', 'suspect'] as const;
export type LogStatus = (typeof logStatuses)[number];

/** A commit that somebody knows to be stored: found again at its place, it proves that the log has not lost it. */
export const logPlaceSchema = z.object({ sequence: z.int().min(1), commitId: z.string().min(1) });
export type LogPlace = Readonly<z.infer<typeof logPlaceSchema>>;

/** What an app asks as JSON before it builds on the log. */
export const logQuestionSchema = z.object({
  /** The app, and its host where there are several. */
  who: z.string().min(1).max(255),
  /** Of the last sound answer; left out by who had none yet. */
  epoch: z.int().min(0).optional(),
  /** The newest commit that it knows to be stored. */
  newest: logPlaceSchema.optional(),
});
export type LogQuestion = Readonly<z.infer<typeof logQuestionSchema>>;

/** The answer, and what is told to all when the log has become suspect. */
export const logVerdictSchema = z.object({
  status: z.enum(logStatuses),
  /** Rises when an administrator accepts a log that lost commits: whoever has another one in memory has to start anew. */
  epoch: z.int().min(0),
  /** One sentence; empty for `sound`. */
  reason: z.string(),
});
export type LogVerdict = Readonly<z.infer<typeof logVerdictSchema>>;
