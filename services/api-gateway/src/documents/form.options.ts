import { limits } from '@multitask/contracts';
import { field, faultRoom, step } from './form.markup';

const code = 'spellcheck="false" class="code"';
const plain = 'autocomplete="off" spellcheck="false"';

/** Everything else the API takes: what most people look at, and the rest folded away. */
export const optionsStep = step(
  'step-options',
  '04',
  'Delivery and options',
  'All of it optional.',
  `<div class="grid">
${field({ name: 'title', label: 'Title', hint: 'Heads the result page.', more: 'maxlength="200"' })}
${field({
  name: 'webhook_url',
  label: 'Webhook',
  type: 'url',
  placeholder: 'https://',
  hint: 'Gets one signed POST when all rows are done.',
})}
${field({
  name: 'webhook_secret',
  label: 'Webhook secret',
  placeholder: 'whsec_…',
  more: plain,
  hint: 'Signs the webhook. Left empty, one is made and shown once.',
})}
${field({
  name: 'ttl_days',
  label: 'Kept for <small>days</small>',
  placeholder: String(limits.ttlDays.default),
  more: 'inputmode="numeric"',
  hint: `Counted from the last row; ${limits.ttlDays.min} to ${limits.ttlDays.max}.`,
})}
</div>
<details class="fold"><summary>Sources <span class="quiet">which parts of the web count</span></summary>
<div class="fold-content grid">
${field({
  name: 'source_policy.include_domains',
  label: 'Only these domains',
  type: 'textarea',
  rows: 2,
  placeholder: 'example.com\n.gov',
  more: code,
  hint: 'One a line. A leading dot means an ending.',
})}
${field({
  name: 'source_policy.exclude_domains',
  label: 'Never these domains',
  type: 'textarea',
  rows: 2,
  more: code,
  hint: `Has no effect beside the list of those allowed. At most ${limits.sourcePolicyDomains} in both.`,
})}
${field({ name: 'source_policy.after_date', label: 'Published after', type: 'date' })}
${field({
  name: 'advanced_settings.location',
  label: 'Seen from <small>country code</small>',
  placeholder: 'de',
  more: `${plain} maxlength="2"`,
  hint: 'Results as somebody there would find them.',
})}
</div></details>
<details class="fold"><summary>Limits and labels <span class="quiet">rows at most, your own keys</span></summary>
<div class="fold-content grid">
${field({
  name: 'max_inputs',
  label: 'Rows at most',
  more: 'inputmode="numeric"',
  hint: 'With more, nothing is started. Rows are never cut off.',
})}
${field({
  name: 'metadata',
  label: 'Labels',
  type: 'textarea',
  rows: 2,
  placeholder: 'team: research',
  more: code,
  hint: 'Yours, returned with the result: <code>key: value</code>, one a line, or a JSON object.',
})}
</div></details>
<details class="fold"><summary>Tools and context <span class="quiet">MCP servers, earlier runs, events</span></summary>
<div class="fold-content grid">
${field({
  name: 'mcp_servers',
  label: 'MCP servers <small>JSON</small>',
  type: 'textarea',
  rows: 4,
  isWide: true,
  placeholder: '[{"name": "wiki", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer …"}}]',
  more: code,
  hint: `Tools that every run may use; at most ${limits.mcpServers}. Headers are kept sealed.`,
})}
${field({
  name: 'previous_interaction_id',
  label: 'Continue a run',
  placeholder: 'trun_…',
  more: plain,
  hint: 'Its context is every row’s start.',
})}
${field({ name: 'memory_scope_key', label: 'Memory scope', more: plain, hint: 'What runs may remember of one another.' })}
${field({
  name: 'input_schema',
  label: 'JSON Schema of a row',
  type: 'textarea',
  rows: 4,
  isWide: true,
  more: code,
  hint: 'A row that does not match it is a warning, never a refusal.',
})}
${field({
  name: 'advanced_settings',
  label: 'Advanced settings <small>JSON</small>',
  type: 'textarea',
  rows: 2,
  isWide: true,
  more: code,
  hint: 'Passed on to every run as they are.',
})}
<div class="field wide" data-field="enable_events">
<label class="check"><input type="checkbox" id="enable_events" name="enable_events" aria-describedby="enable_events-fault"> Track the progress of each run, live</label>
${faultRoom('enable_events')}
</div>
</div></details>`,
);
