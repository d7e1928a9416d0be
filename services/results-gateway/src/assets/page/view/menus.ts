import { make } from './dom';

/** A menu closes when something else is clicked or Escape is pressed. */
export function closeMenusOutside(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>('details.menu[open]');
  document.addEventListener('pointerdown', (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector('summary')?.focus();
      event.stopPropagation();
    }
  });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('details.menu a');
    if (link) link.closest('details')!.open = false;
  });
}

/** Copies the address of the group, without what stands behind it in this tab. */
export function copyButton(button: HTMLButtonElement, address: string): void {
  button.disabled = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (text: string) => {
    button.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = 'Copy link'), 1_800);
  };
  button.addEventListener('click', () => {
    copy(address).then(
      () => say('Copied'),
      () => say('Not allowed'),
    );
  });
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
