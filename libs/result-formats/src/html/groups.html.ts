import { brand, htmlDocument, type PageAssets } from './document';
import { html } from './template';

/** The page on which an owner finds their groups again: the same for everybody until a key is entered. */
export function groupsHtml(assets: PageAssets): string {
  const body = html` <header class="top">${brand}</header>
    <main class="row groups">
      <h1>My groups</h1>
      <noscript
        ><p class="notice">
          This page needs scripts. <code>GET /v1beta/tasks/multitask</code> with the header <code>x-api-key</code> lists
          the groups of a key.
        </p></noscript
      >
      <form class="owner-form scripted" id="ask" novalidate>
        <label for="key">Parallel API key</label>
        <div class="one-line">
          <input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-hint fault" />
          <button class="button strong" id="show" disabled>Show my groups</button>
        </div>
        <p class="hint" id="key-hint">
          Groups are found by the key they were made with. It goes to this service alone, and is forgotten when you
          leave this page.
        </p>
      </form>
      <p class="fault" id="fault" role="alert" hidden></p>
      <p class="about" id="about" role="status"></p>
      <ul class="group-list" id="groups"></ul>
      <p><button type="button" class="button" id="more" hidden>Older ones</button></p>
    </main>`;
  return htmlDocument('My groups · Multitask', assets, body, 'listing');
}
