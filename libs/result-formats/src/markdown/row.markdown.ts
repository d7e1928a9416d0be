import type { FieldBasis, JsonValue } from '@multitask/contracts';
import { inputFields, outputFields, type GroupHeader, type RowView } from '@multitask/task-group';
import { emulatorNotice } from '../group/notices';
import { timingOf } from '../json/row.json';
import { basisOf, confidenceByField, confidenceMark, type Confidence } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { statusMark } from '../rows/status-mark';
import { cellText } from '../rows/cell-text';
import { escapeMarkdown } from './escape';
import { embeddedMarkdown } from './embedded';
import { textOf, urlOf } from './result.markdown';

/** One row in full: what was entered, what was found, how sure that is and why. */
export function rowMarkdown(row: RowView, header: GroupHeader): string {
  const { seconds } = timingOf(row);
  const error = rowError(row);
  return [
    `# ${statusMark[row.status]} Row ${row.row + 1}: ${row.status}\n`,
    header.upstream === 'emulator' ? `> ${emulatorNotice}\n` : '',
    `Group ${urlOf(header)}${seconds === null ? '' : `. Took ${seconds} s`}\n`,
    error ? `**Error**: ${escapeMarkdown(error.message)}\n` : '',
    section('Input', inputFields(row.input), new Map()),
    outputSection(row),
    basisSection(basisOf(row.output)),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** A text output is Markdown already, and a document of its own. */
function outputSection(row: RowView): string {
  const { output } = row;
  if (!output) return '';
  const text = textOf(row);
  if (text !== undefined) return `## Output\n\n${embeddedMarkdown(text, 2)}\n`;
  return section('Output', outputFields(output), confidenceByField(output));
}

function section(
  title: string,
  fields: readonly (readonly [string, JsonValue])[],
  sure: Map<string, Confidence>,
): string {
  const lines = fields.map(([name, value]) => {
    const level = sure.get(name);
    return `- **${escapeMarkdown(name)}**${level ? ` ${confidenceMark[level]}` : ''}: ${escapeMarkdown(cellText(value))}\n`;
  });
  return `## ${title}\n\n${lines.join('')}`;
}

function basisSection(basis: readonly FieldBasis[]): string {
  if (basis.length === 0) return '';
  const parts = basis.map((entry) => {
    const sources = (entry.citations ?? []).map(
      ({ title, url }) =>
        `  - ${escapeMarkdown(title ?? url ?? '')}${title && url ? `: ${escapeMarkdown(url)}` : ''}\n`,
    );
    return `- **${escapeMarkdown(entry.field)}**: ${escapeMarkdown(entry.reasoning ?? '')}\n${sources.join('')}`;
  });
  return `## Basis\n\n${parts.join('')}`;
}
