import type { CreateAnswer } from '@multitask/contracts';
import { escaped } from './form.markup';
import { framed } from './form.page';

/** What a browser without scripts is answered when there is a secret to show: a redirect has no room for it. */
export const createdPage = ({ taskgroup_id: id, webhook_secret: secret }: CreateAnswer): string =>
  framed({
    title: 'Started · Multitask',
    content: `<div class="problem">
<h1>It has started</h1>
<p>This is your webhook’s secret. It is shown this once; keep it where your endpoint verifies signatures.</p>
<p class="secret"><code>${escaped(secret ?? '')}</code></p>
<p><a class="button strong" href="/${id}">To the live result</a></p>
</div>`,
  });
