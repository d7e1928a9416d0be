import type { Problem } from '@multitask/contracts';
import { escaped } from './form.markup';
import { framed } from './form.page';

/** A failure as a page, for the browser that sent the form. The form itself is one step back, as it was filled in. */
export const problemPage = (problem: Problem): string =>
  framed({
    title: `${problem.title} · Multitask`,
    content: `<div class="problem">
<p class="code">${problem.status}</p>
<h1>${escaped(problem.title)}</h1>
<p class="notice">${escaped(problem.detail)}</p>
${others(problem)}
<p>Go back to correct it: what you entered is still there. <small>${escaped(problem.code)}</small></p>
</div>`,
  });

/** The first fault is the detail; the list is only worth showing when there are more. */
function others({ errors }: Problem): string {
  if (!errors || errors.length < 2) return '';
  return `<ul>${errors.map(({ field, message }) => `<li>${escaped(`${field} ${message}`)}</li>`).join('')}</ul>`;
}
