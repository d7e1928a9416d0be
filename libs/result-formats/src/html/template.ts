/** Markup that is safe to send: only {@link html} and {@link inlineJson} make it. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/**
 * The only way markup is made here. Every value that goes in is escaped, in text and in quoted attributes alike; markup goes in
 * only as {@link Html}. Attributes must be quoted, and a URL of somebody else's must have passed {@link webUrl}.
 */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  let text = strings[0]!;
  for (const [index, value] of values.entries()) text += render(value) + strings[index + 1]!;
  return new Html(text);
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return (value as readonly HtmlValue[]).map(render).join('');
  return escapeHtml(String(value));
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A parser drops or replaces it; it must not vanish between two characters that then mean something.
  '\0': '\uFFFD',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"'\0]/g, (character) => entities[character]!);

/** JSON for a `<script type="application/json">`: no character of it can end the element or open a comment. */
export const inlineJson = (value: unknown): Html =>
  new Html(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
