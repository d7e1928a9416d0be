import type { Problem } from '@multitask/contracts';
import { escapeMarkdown } from './escape';

/** A failure as Markdown, for whoever asked for Markdown. */
export const problemMarkdown = (problem: Problem): string =>
  `# ${problem.status} ${escapeMarkdown(problem.title)}\n\n${escapeMarkdown(problem.detail)}\n\nCode: \`${problem.code}\`\n`;
