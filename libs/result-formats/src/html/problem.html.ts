import type { Problem } from '@multitask/contracts';
import { brand, htmlDocument, type PageAssets } from './document';
import { html } from './template';

/** A failure as a page, for whoever asked for a page. */
export function problemHtml(problem: Problem, assets: PageAssets): string {
  const body = html` <header class="top">${brand}</header>
    <main class="problem">
      <p class="code">${problem.status}</p>
      <h1>${problem.title}</h1>
      <p>${problem.detail}</p>
      <p class="about"><code>${problem.code}</code></p>
    </main>`;
  return htmlDocument(`${problem.status} ${problem.title}`, assets, body);
}
