import { emulatorNotice } from '../group/notices';
import { warningsOf } from '../group/warnings';
import type { ResultPage } from '../query/result-page';
import { html, type Html } from './template';

export const emulatorLine = html`<p class="notice emulator"><b>Emulator.</b> ${emulatorNotice}</p>`;

/** What a reader should know before reading: the first two come and go, so they are there, hidden, from the start. */
export const notices = ({ header, notice }: ResultPage): Html =>
  html`<div class="notices">
    <p class="notice lost" id="lost" role="status" ${notice === null ? html` hidden` : ''}>${notice}</p>
    <div class="notice blocked" id="blocked" ${header.blocked ? '' : html` hidden`}>
      <p id="blocked-message" role="status">${header.blocked?.message}</p>
    </div>
    <div class="warnings" id="warnings">
      ${warningsOf(header).map((warning) => html`<p class="notice warning">${warning.message}</p>`)}
    </div>
    ${header.upstream === 'emulator' && emulatorLine}
  </div>`;
