import type { Json } from '../data/row';
import { webUrl } from '../data/text';
import { make, outsideLink } from './dom';

/** Deeper than a person follows; the rest is shown as JSON. */
const deepest = 6;
/** Elements of a list or names of an object that are shown before one asks for the rest. */
const shownAtOnce = 50;

/** A whole value, readable: texts as they are, lists as lists, objects name by name. */
export function wholeValue(value: Json, depth = 0): HTMLElement {
  if (value === null || value === '') return make('span', { className: 'nothing' }, value === null ? 'none' : 'empty');
  if (typeof value !== 'object') return plainValue(value);
  if (depth >= deepest) return make('pre', {}, JSON.stringify(value, null, 2));
  if (Array.isArray(value)) return listOf(value as readonly Json[], depth);
  return objectOf(Object.entries(value), depth);
}

function plainValue(value: string | number | boolean): HTMLElement {
  const text = String(value);
  const url = webUrl(text);
  return url
    ? outsideLink(url, text)
    : make('span', { className: typeof value === 'string' ? 'text' : 'number' }, text);
}

function listOf(items: readonly Json[], depth: number): HTMLElement {
  if (items.length === 0) return make('span', { className: 'nothing' }, 'empty list');
  const list = make('ul', { className: 'value-list' });
  fill(list, items, (item) => make('li', {}, wholeValue(item, depth + 1)));
  return list;
}

function objectOf(entries: readonly (readonly [string, Json])[], depth: number): HTMLElement {
  if (entries.length === 0) return make('span', { className: 'nothing' }, 'empty');
  const list = make('div', { className: 'value-object' });
  fill(list, entries, ([name, value]) =>
    make(
      'div',
      { className: 'value-field' },
      make('span', { className: 'value-name' }, name),
      wholeValue(value, depth + 1),
    ),
  );
  return list;
}

function fill<T>(list: HTMLElement, items: readonly T[], draw: (item: T) => HTMLElement): void {
  list.append(...items.slice(0, shownAtOnce).map(draw));
  if (items.length <= shownAtOnce) return;
  const rest = items.slice(shownAtOnce);
  const more = make('button', { type: 'button', className: 'link' }, `${rest.length} more`);
  const holder = make(list.tagName === 'UL' ? 'li' : 'div', {}, more);
  more.onclick = () => {
    holder.remove();
    list.append(...rest.map(draw));
  };
  list.append(holder);
}
