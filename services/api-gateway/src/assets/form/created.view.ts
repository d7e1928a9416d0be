import { byId, copyOnClick, make } from './dom';
import { LiveRows } from './live.rows';
import type { Created } from './order';
import { counted } from './words';

const formats: readonly (readonly [name: string, label: string, hint: string])[] = [
  ['json', 'JSON', 'everything'],
  ['csv', 'CSV', 'for a spreadsheet'],
  ['ndjson', 'NDJSON', 'one row a line'],
  ['md', 'Markdown', 'to read'],
  ['html', 'HTML', 'the page'],
  ['sse', 'Events', 'live'],
  ['db', 'SQL', 'ask it'],
  ['sqlite', 'SQLite', 'the file'],
];

/** What an order became: where its answers are in every format, its secret this once, and its first rows as they fill. */
export class CreatedView {
  private readonly place = byId('created');
  private readonly form = byId('form');
  private rows: LiveRows | undefined;

  show(created: Created & { readonly title: string }): void {
    const { taskgroup_id: id, num_inputs: count, processor, warnings } = created;
    const title = make('h2', { id: 'created-title', tabIndex: -1 }, created.title);
    const copy = make('button', { type: 'button', className: 'button' }, 'Copy link');
    const again = make('button', { type: 'button', className: 'link again' }, 'Start another');
    again.addEventListener('click', () => this.leave());
    this.rows?.stop();
    this.rows = new LiveRows(id);
    this.place.replaceChildren(
      make('p', { className: 'step-number' }, 'Started'),
      title,
      make(
        'p',
        { className: 'quiet' },
        `${counted(count, 'row')} on ${processor}. Whoever has the link sees the answers.`,
      ),
      make(
        'div',
        { className: 'address' },
        make('code', {}, created.url),
        copyOnClick(copy, () => created.url),
        // By path: the browser is on the origin already, whatever the service calls itself to others.
        make('a', { className: 'button strong', href: `/${id}`, id: 'live-page' }, 'Open the live result'),
      ),
      ...this.secret(created.webhook_secret),
      ...(warnings.length > 0
        ? [
            make('h3', {}, 'Worth knowing'),
            make('ul', { className: 'notes' }, ...warnings.map(({ message }) => make('li', {}, message))),
          ]
        : []),
      this.rows.element,
      make('h3', {}, 'In any format'),
      this.formats(id),
      again,
    );
    this.form.hidden = true;
    this.place.hidden = false;
    title.focus();
    scrollTo({ top: 0 });
    this.rows.start();
  }

  private leave(): void {
    this.rows?.stop();
    // The secret was shown once: it is nowhere on the page any more.
    this.place.replaceChildren();
    this.place.hidden = true;
    this.form.hidden = false;
    byId('inputs').focus();
  }

  private secret(secret: string | undefined): HTMLElement[] {
    if (secret === undefined) return [];
    const copy = make('button', { type: 'button', className: 'button' }, 'Copy secret');
    return [
      make(
        'div',
        { className: 'secret' },
        make('b', {}, 'Your webhook’s secret, shown this once'),
        make('p', {}, 'Your endpoint verifies with it that a call is ours. It cannot be read again.'),
        make(
          'div',
          { className: 'address' },
          make('code', { id: 'secret' }, secret),
          copyOnClick(copy, () => secret),
        ),
      ),
    ];
  }

  private formats(id: string): HTMLElement {
    const links = formats.map(([name, label, hint]) =>
      make(
        'a',
        { className: 'button', href: `/${id}.${name}`, target: '_blank', rel: 'noopener' },
        label,
        make('small', {}, hint),
      ),
    );
    return make('div', { className: 'formats' }, ...links);
  }
}
