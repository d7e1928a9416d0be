/** Where the form at `/` keeps a key, once the reader has asked this browser to. */
const place = 'multitask.key';

/** The key that this browser keeps; empty when it keeps none. */
export function keptKey(): string {
  try {
    return localStorage.getItem(place) ?? '';
  } catch {
    return '';
  }
}

export function forgetKeptKey(): void {
  try {
    localStorage.removeItem(place);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
