/** NUL and halves of surrogate pairs: JSON can carry them, PostgreSQL cannot store them. */
const unstorable = /\0|\p{Surrogate}/u;

export const isStorable = (text: string): boolean => !unstorable.test(text);
