import { make } from '../page/view/dom';
import { tokensOf } from './sql.tokens';

/** A field to write SQL in, with the colours painted behind it: what is typed in is an ordinary text field. */
export class Editor {
  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly paint: HTMLElement,
    run: () => void,
  ) {
    field.addEventListener('input', () => this.draw());
    field.addEventListener('scroll', () => this.follow());
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      run();
    });
  }

  /** What is marked, else all of it. */
  get sql(): string {
    const { value, selectionStart, selectionEnd } = this.field;
    const marked = value.slice(selectionStart, selectionEnd);
    return marked.trim() === '' || document.activeElement !== this.field ? value : marked;
  }

  get isEmpty(): boolean {
    return this.field.value.trim() === '';
  }

  write(sql: string): void {
    this.field.value = sql;
    this.field.scrollTo(0, 0);
    this.draw();
  }

  /** Puts text where the cursor is, as if it were typed: it can be taken back. */
  insert(text: string): void {
    this.field.focus();
    const { value, selectionStart: at } = this.field;
    const apart = at > 0 && !/[\s(,.]$/.test(value.slice(0, at)) ? ' ' : '';
    this.field.setRangeText(apart + text, at, this.field.selectionEnd, 'end');
    this.draw();
  }

  private draw(): void {
    // A line of its own at the end: a text field has one there too.
    this.paint.replaceChildren(
      ...tokensOf(this.field.value).map(({ kind, text }) => make('span', { className: `t-${kind}` }, text)),
      '\n',
    );
    this.follow();
  }

  private follow(): void {
    this.paint.scrollTo(this.field.scrollLeft, this.field.scrollTop);
  }
}
