import { byId } from './dom';

const place = 'multitask.key';

/**
 * The key stays in its field, unless the reader asks this browser to keep it. One that came in the page's address is taken out of
 * it at once: an address is copied, bookmarked and remembered.
 */
export function keepKey(): void {
  const address = new URL(location.href);
  const given = address.searchParams.get('apiKey');
  if (given !== null) {
    address.searchParams.delete('apiKey');
    history.replaceState(null, '', address);
  }
  const field = document.getElementById('api_key') as HTMLInputElement | null;
  if (!field) return;
  const remember = byId<HTMLInputElement>('remember');
  const kept = read();
  if (kept !== null) remember.checked = true;
  const first = given ?? kept;
  if (first !== null && field.value === '') field.value = first;
  const keep = () => write(remember.checked && field.value.trim() !== '' ? field.value.trim() : undefined);
  remember.addEventListener('change', keep);
  field.addEventListener('input', () => remember.checked && keep());
}

function read(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

function write(key: string | undefined): void {
  try {
    if (key === undefined) localStorage.removeItem(place);
    else localStorage.setItem(place, key);
  } catch {
    // A browser that keeps nothing keeps no key either.
  }
}
