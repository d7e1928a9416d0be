import { shownUrl } from './call.policy';
import { OutboundError } from './outbound.errors';

/** Credentials in a URL become a header, so that they are in no message, no log line and no redirected request. */
export function withoutUserinfo(text: string): { url: URL; authorization: Record<string, string> } {
  const url = new URL(text);
  if (!url.username && !url.password) return { url, authorization: {} };
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, authorization: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Where a redirect leads. Credentials of the URL go along within its origin and nowhere else. */
export function redirectTarget(from: string, location: string | undefined): string {
  const target = location === undefined ? null : URL.parse(location, from);
  if (!target) throw new OutboundError('bad_redirect', `${shownUrl(from)} redirects to nowhere.`);
  if (from.startsWith('https:') && target.protocol === 'http:')
    throw new OutboundError('bad_redirect', `${shownUrl(from)} redirects from https to http.`);
  const origin = new URL(from);
  if (target.origin === origin.origin && !target.username && !target.password) {
    target.username = origin.username;
    target.password = origin.password;
  }
  return target.href;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A bare percent sign: meant literally.
  }
}
