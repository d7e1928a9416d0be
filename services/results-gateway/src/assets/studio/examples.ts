import type { ColumnOfTable, TableOfFile } from './messages';
import { nameInSql } from './sql.tokens';

export interface Example {
  readonly title: string;
  readonly sql: string;
  readonly chart?: boolean;
}

/** Columns of a first look: more do not fit a screen. */
const firstColumns = 8;

/** Questions that this very file can answer, the plainest first. */
export function examplesFor(tables: readonly TableOfFile[]): Example[] {
  const fields = (tables.find(({ name }) => name === 'runs')?.columns ?? []).filter(
    ({ name }) => !/^\$[^$]/.test(name) && name !== '$',
  );
  const texts = fields.filter(({ type }) => type === 'TEXT');
  const numbers = fields.filter(({ type }) => type === 'INTEGER' || type === 'REAL');
  const subject = texts[0] ?? fields[0];
  return [
    allRows(fields),
    {
      title: 'How far it is',
      sql: 'select "$status" as status, count(*) as rows\nfrom runs\ngroup by status\norder by rows desc;',
      chart: true,
    },
    {
      title: 'How sure, field by field',
      sql: `select field,\n  count(*) filter (where confidence = 'high') as high,\n  count(*) filter (where confidence = 'medium') as medium,\n  count(*) filter (where confidence = 'low') as low\nfrom basis\ngroup by field\norder by low desc, medium desc;`,
    },
    {
      title: 'Answers to check first',
      sql: `select runs."$row" as row,${subject ? ` runs.${nameInSql(subject.name)},` : ''} basis.field, basis.confidence, basis.reasoning\nfrom runs\njoin basis on basis."row" = runs."$row"\nwhere basis.confidence in ('low', 'medium')\norder by basis.confidence = 'medium', runs."$row";`,
    },
    {
      title: 'Sites cited most',
      sql: `with hosts as (\n  select substr(url, instr(url, '://') + 3) || '/' as rest from citations where url is not null\n)\nselect substr(rest, 1, instr(rest, '/') - 1) as site, count(*) as citations\nfrom hosts\ngroup by site\norder by citations desc\nlimit 20;`,
      chart: true,
    },
    ...ofNumbers(subject, numbers),
    {
      title: 'Rows without an answer',
      sql: `select "$row" as row, "$status" as status, "$error" as reason${subject ? `, ${nameInSql(subject.name)}` : ''}\nfrom runs\nwhere "$status" not in ('completed', 'queued', 'running')\norder by "$row";`,
    },
    {
      title: 'Slowest rows',
      sql: `select "$row" as row, "$seconds" as seconds${subject ? `, ${nameInSql(subject.name)}` : ''}\nfrom runs\nwhere "$seconds" is not null\norder by seconds desc\nlimit 20;`,
    },
  ];
}

function allRows(fields: readonly ColumnOfTable[]): Example {
  const names = [
    '"$row" as row',
    '"$status" as status',
    ...fields.slice(0, firstColumns).map(({ name }) => nameInSql(name)),
  ];
  return { title: 'All rows', sql: `select ${names.join(', ')}\nfrom runs\norder by "$row";` };
}

function ofNumbers(subject: ColumnOfTable | undefined, [number]: readonly ColumnOfTable[]): Example[] {
  if (!number || !subject || subject.name === number.name) return [];
  const [name, value] = [nameInSql(subject.name), nameInSql(number.name)];
  return [
    {
      title: `The most ${number.name}`,
      sql: `select ${name}, ${value}\nfrom runs\nwhere ${value} is not null\norder by ${value} desc\nlimit 20;`,
      chart: true,
    },
  ];
}
