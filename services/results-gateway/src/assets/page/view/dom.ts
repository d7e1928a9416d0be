type Child = Node | string | null | undefined | false;

/** An element with its properties and children. Text goes in as text: there is no way to markup here. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<Omit<HTMLElementTagNameMap[Tag], 'children'>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(
    ...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Sets attributes; undefined removes one. */
export function attributes<E extends Element>(element: E, values: Readonly<Record<string, string | undefined>>): E {
  for (const [name, value] of Object.entries(values))
    if (value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value);
  return element;
}

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as E;
}

/** A link to somewhere else that tells it nothing. */
export const outsideLink = (url: string, text: string): HTMLAnchorElement =>
  make('a', { href: url, rel: 'noopener noreferrer nofollow', target: '_blank' }, text);

export const dot = (): HTMLElement => attributes(make('span', { className: 'dot' }), { 'aria-hidden': 'true' });

/** Calls `act` at most once a frame, however often it is asked. */
export function oncePerFrame(act: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      act();
    });
  };
}

/** Calls `act` at once and then at most every `ms`, and once more for what came in between. */
export function atMostEvery(ms: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, ms);
    act();
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}
