/** The text if it is an http(s) URL as a whole, else undefined: `javascript:` and `data:` never become links. */
export function webUrl(text: string): string | undefined {
  if (text.length > 2_048 || !/^https?:\/\/[^\s]+$/i.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}
