import type { RowsView } from './rows.view';

/** Up and down the rows by keys, and into one by click or Enter. One line at a time can be reached with Tab. */
export class RowKeys {
  /** The place of the line the reader is on. */
  active = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly rows: RowsView,
    private readonly open: (place: number) => void,
  ) {
    box.addEventListener('keydown', (event) => this.key(event));
    box.addEventListener('click', (event) => this.click(event));
    box.addEventListener('focusin', (event) => {
      const place = this.placeOf(event.target);
      if (place === undefined || place === this.active) return;
      this.active = place;
      this.rows.draw();
    });
  }

  /** Puts the reader back on the line they were on. */
  focus(): void {
    this.active = Math.min(this.active, Math.max(0, this.rows.total - 1));
    this.rows.reveal(this.active);
    const control = this.rows.lineAt(this.active)?.querySelector<HTMLElement>('.status');
    (control ?? this.box).focus({ preventScroll: true });
  }

  private placeOf(target: EventTarget | null): number | undefined {
    const line = target instanceof Element ? target.closest('tbody tr[data-row]') : null;
    const place = line ? Number(line.getAttribute('aria-rowindex')) - 2 : -1;
    return place >= 0 ? place : undefined;
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isOnRow = event.target === this.box || this.placeOf(event.target) !== undefined;
    if (!isOnRow) return;
    const place = this.target(event.key);
    if (place !== undefined) {
      event.preventDefault();
      this.active = Math.min(Math.max(place, 0), Math.max(0, this.rows.total - 1));
      return this.focus();
    }
    if (event.key !== 'Enter' && event.key !== ' ') return;
    // Links in cells lead where they say.
    if (event.target instanceof HTMLAnchorElement && !event.target.classList.contains('status')) return;
    event.preventDefault();
    this.open(this.active);
  }

  private target(key: string): number | undefined {
    const page = Math.max(1, this.rows.inSight - 1);
    switch (key) {
      case 'ArrowDown':
        return document.activeElement === this.box ? this.active : this.active + 1;
      case 'ArrowUp':
        return this.active - 1;
      case 'PageDown':
        return this.active + page;
      case 'PageUp':
        return this.active - page;
      case 'Home':
        return 0;
      case 'End':
        return this.rows.total - 1;
      default:
        return undefined;
    }
  }

  private click(event: MouseEvent): void {
    const place = this.placeOf(event.target);
    if (place === undefined || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = (event.target as Element).closest('a');
    if (link && !link.classList.contains('status')) return;
    // A text that is being selected is not a click on the row.
    if (getSelection()?.toString()) return;
    event.preventDefault();
    this.open(place);
  }
}
