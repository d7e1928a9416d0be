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

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as E;
}

/** Calls `act` once `ms` have passed without another call. */
export function settled(ms: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}

/** A button that copies what `text` gives at that moment, and says so for a while. */
export function copyOnClick(button: HTMLButtonElement, text: () => string): HTMLButtonElement {
  const label = button.textContent;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (word: string) => {
    button.textContent = word;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = label), 1_800);
  };
  button.addEventListener('click', () => {
    copy(text()).then(
      () => say('Copied'),
      () => say('Not allowed'),
    );
  });
  return button;
}

/** Over plain HTTP a browser has no clipboard for pages; then the old way is left. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = make('textarea', { value: text, className: 'heard' });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (!isCopied) throw new Error('not copied');
}

/** `crypto.randomUUID` is not there on a page that came over plain HTTP. */
export const freshName = (): string =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-');
