/** An answer other than success, in Glance's own shape: a small page of HTML, which clients quote to their users. */
export class GlanceError extends Error {
  constructor(
    readonly status: keyof typeof titles,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'GlanceError';
  }

  get page(): string {
    const title = `${this.status} ${titles[this.status]}`;
    return (
      `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n` +
      `  ${escapeHtml(this.message)}<br /><br />\n\n\n\n </body>\n</html>`
    );
  }
}

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Requested Range Not Satisfiable',
  500: 'Internal Server Error',
} as const;

export const noSuchImage = (id: string): GlanceError => new GlanceError(404, `No image found with ID ${id}`);

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
