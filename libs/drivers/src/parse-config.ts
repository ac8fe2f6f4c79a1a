import { z } from 'zod';

/** A schema as a driver's `config`: an input that does not fit is refused with one line that names each field. */
export function configOf<Schema extends z.ZodType>(schema: Schema): { parse(input: unknown): z.output<Schema> } {
  return {
    parse(input) {
      const result = schema.safeParse(input);
      if (result.success) return result.data;
      throw new Error(result.error.issues.map(inWords).join('; '), { cause: result.error });
    },
  };
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}
