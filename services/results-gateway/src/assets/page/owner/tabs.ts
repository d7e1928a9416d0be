import { attributes, make } from '../view/dom';

export interface Tab {
  readonly name: string;
  readonly panel: HTMLElement;
  show?(): void;
  hide?(): void;
}

/** One of several panels at a time, chosen by click or arrow key. */
export class Tabs {
  readonly list: HTMLElement;
  readonly panels: readonly HTMLElement[];
  private readonly buttons: readonly HTMLButtonElement[];
  private chosen = 0;

  constructor(
    label: string,
    private readonly tabs: readonly Tab[],
  ) {
    this.buttons = tabs.map(({ name, panel }, index) => {
      const id = `tab-${name.toLowerCase()}`;
      panel.id = `${id}-panel`;
      attributes(panel, { role: 'tabpanel', 'aria-labelledby': id });
      const button = make('button', { type: 'button', id, className: 'tab', onclick: () => this.choose(index) }, name);
      return attributes(button, { role: 'tab', 'aria-controls': panel.id });
    });
    this.panels = tabs.map(({ panel }) => panel);
    this.list = attributes(make('div', { className: 'tabs' }, ...this.buttons), {
      role: 'tablist',
      'aria-label': label,
    });
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.draw();
  }

  /** Told again when the whole comes into sight, and when it goes. */
  show(): void {
    this.tabs[this.chosen]!.show?.();
  }

  hide(): void {
    this.tabs[this.chosen]!.hide?.();
  }

  focus(): void {
    this.buttons[this.chosen]!.focus();
  }

  private choose(index: number): void {
    if (index === this.chosen) return;
    this.hide();
    this.chosen = index;
    this.draw();
    this.show();
  }

  private key(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const end = event.key === 'Home' ? 0 : event.key === 'End' ? this.tabs.length - 1 : undefined;
    if (by === 0 && end === undefined) return;
    event.preventDefault();
    this.choose(end ?? (this.chosen + by + this.tabs.length) % this.tabs.length);
    this.focus();
  }

  private draw(): void {
    for (const [index, button] of this.buttons.entries()) {
      const isChosen = index === this.chosen;
      attributes(button, { 'aria-selected': String(isChosen), tabindex: isChosen ? '0' : '-1' });
      this.panels[index]!.hidden = !isChosen;
    }
  }
}
