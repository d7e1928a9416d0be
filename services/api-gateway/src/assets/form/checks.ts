import { limits, MultitaskError } from '@multitask/contracts';
import { specFromFields } from '@multitask/task-group';

const whole = (text: string): number | undefined => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined);
const idText = /^[A-Za-z0-9_-]{1,128}$/;
const secretPattern = /^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is around a field that its check has to know. */
export interface Surroundings {
  readonly rows: number | undefined;
  readonly estimate: number | null | undefined;
  readonly values: Readonly<Record<string, string>>;
}

type Check = (text: string, around: Surroundings) => string | undefined;

const document =
  (name: string, wanted: 'object' | 'array'): Check =>
  (text) => {
    try {
      const value = specFromFields([[name, text]])[name];
      const isRight = wanted === 'array' ? Array.isArray(value) : typeof value === 'object' && !Array.isArray(value);
      return isRight && value !== null ? undefined : `This must be a JSON ${wanted}.`;
    } catch (error) {
      return MultitaskError.is(error) ? error.message.replace(`${name} `, 'This ') : undefined;
    }
  };

const domains: Check = (text) => {
  const strange = text
    .split(/[\s,]+/)
    .find((domain) => domain !== '' && !/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(domain));
  return strange === undefined
    ? undefined
    : `“${strange.slice(0, 60)}” is no plain domain such as example.com or .gov.`;
};

/** What the service would say of one field alone, said while it is typed. An empty field is one that was left out. */
const checks: Readonly<Record<string, Check>> = {
  webhook_url: (text) => (/^https?:\/\/\S+$/i.test(text) ? undefined : 'This must be an http:// or https:// URL.'),
  webhook_secret: (text, { values }) => {
    if (!values.webhook_url?.trim()) return 'A secret has no meaning without a webhook.';
    return secretPattern.test(text) ? undefined : 'This must be whsec_ followed by the Base64 of at least 24 bytes.';
  },
  title: (text) => (text.length > 200 ? 'This must be at most 200 characters.' : undefined),
  output_description: (text) =>
    text.length > limits.specCharacters ? `This must be at most ${limits.specCharacters} characters.` : undefined,
  ttl_days: (text) => {
    const days = whole(text);
    const { min, max } = limits.ttlDays;
    return days !== undefined && days >= min && days <= max ? undefined : `This must be ${min} to ${max} days.`;
  },
  max_inputs: (text, { rows }) => {
    const most = whole(text);
    if (most === undefined || most < 1) return 'This must be a whole number above 0.';
    return rows !== undefined && rows > most ? `There are ${rows} rows: nothing would be started.` : undefined;
  },
  max_cost_usd: (text, { estimate }) => {
    if (!/^\d+(\.\d+)?$/.test(text.trim())) return 'This must be a number of dollars, such as 2.50.';
    if (estimate === undefined || estimate === null || estimate <= Number(text)) return undefined;
    return `The estimate is $${estimate}: nothing would be started.`;
  },
  metadata: document('metadata', 'object'),
  mcp_servers: document('mcp_servers', 'array'),
  input_schema: document('input_schema', 'object'),
  advanced_settings: document('advanced_settings', 'object'),
  'advanced_settings.location': (text) =>
    /^[A-Za-z]{2}$/.test(text.trim()) ? undefined : 'This must be a country’s two letters, such as de.',
  'source_policy.include_domains': domains,
  'source_policy.exclude_domains': domains,
  previous_interaction_id: (text) => (idText.test(text) ? undefined : 'This must be letters, digits, _ or -.'),
  memory_scope_key: (text) => (idText.test(text) ? undefined : 'This must be letters, digits, _ or -.'),
};

/** What is wrong with a field; undefined when nothing is, or when nobody knows before the service is asked. */
export function faultOf(name: string, text: string, around: Surroundings): string | undefined {
  if (text.trim() === '' || !Object.hasOwn(checks, name)) return undefined;
  return checks[name]!(text, around);
}
