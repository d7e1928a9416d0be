import { attributes, make } from '../page/view/dom';
import type { TableOfFile } from './messages';
import { nameInSql } from './sql.tokens';

export interface SchemaActs {
  readonly insert: (text: string) => void;
  readonly show: (sql: string) => void;
}

/** Tables with their columns; what is open stays open when the file is exchanged. */
export function drawSchema(place: HTMLElement, tables: readonly TableOfFile[], acts: SchemaActs): void {
  const before = new Map([...place.querySelectorAll('details')].map((one) => [one.dataset.table, one.open]));
  place.replaceChildren(
    ...tables.map((table) => {
      const part = make('details', { open: before.get(table.name) ?? table.name === 'runs' });
      part.dataset.table = table.name;
      const count = table.rows === null ? 'view' : table.rows.toLocaleString('en');
      const look = make('button', { type: 'button', className: 'link', textContent: 'Look inside' });
      look.addEventListener('click', () => acts.show(`select *\nfrom ${nameInSql(table.name)}\nlimit 100;`));
      attributes(look, { 'aria-label': `Look inside ${table.name}` });
      part.append(
        make('summary', {}, make('b', {}, table.name), make('small', {}, count)),
        make(
          'ul',
          {},
          ...table.columns.map((column) => make('li', {}, columnButton(column.name, column.type, acts))),
          make('li', {}, look),
        ),
      );
      return part;
    }),
  );
}

function columnButton(name: string, type: string, { insert }: SchemaActs): HTMLButtonElement {
  const kind = type.replace(/ .*/, '').toLowerCase();
  const button = make(
    'button',
    { type: 'button', className: 'column', title: `Put ${nameInSql(name)} into the statement` },
    make('span', {}, name),
    make('small', {}, kind),
  );
  button.addEventListener('click', () => insert(nameInSql(name)));
  return button;
}
