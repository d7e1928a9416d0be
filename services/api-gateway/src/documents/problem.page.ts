import type { Problem } from '@multitask/contracts';
import { style } from './page.style';

/** A failure as a page, for the browser that sent the form. The form itself is one step back, as it was filled in. */
export const problemPage = (problem: Problem): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(problem.title)} · Multitask</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(problem.title)}</h1>
<p class="notice">${escaped(problem.detail)}</p>
${others(problem)}
<p>Go back to correct it: what you entered is still there. <small>${escaped(problem.code)}</small></p>
</main>
</body>
</html>
`;

/** The first fault is the detail; the list is only worth showing when there are more. */
function others({ errors }: Problem): string {
  if (!errors || errors.length < 2) return '';
  return `<ul>${errors.map(({ field, message }) => `<li>${escaped(`${field} ${message}`)}</li>`).join('')}</ul>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);
