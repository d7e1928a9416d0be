import { randomBytes } from 'node:crypto';
import type { CreateSpec, JsonValue } from '@multitask/contracts';
import type { Vault } from '@multitask/vault';
import type { CreateSteps } from './create.steps';

/** 32 bytes: Standard Webhooks asks for at least 24. */
const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

interface SealedWebhook extends Record<string, string> {
  url: string;
  secret: string;
}

export type SecretSteps = Pick<CreateSteps, 'credential_id' | 'webhook_id' | 'webhook_secret_made' | 'mcp_servers_id'>;

/** Seals every secret of a request: the key, the webhook's URL and secret, the headers of MCP servers. */
export async function sealSecrets(vault: Vault, apiKey: string, spec: CreateSpec): Promise<SecretSteps> {
  const { webhook_url, webhook_secret, mcp_servers } = spec;
  const webhook: SealedWebhook | undefined =
    webhook_url === undefined ? undefined : { url: webhook_url, secret: webhook_secret ?? newWebhookSecret() };
  return {
    credential_id: await vault.seal('upstream-key', apiKey),
    ...(webhook && { webhook_id: await vault.seal('webhook', webhook), webhook_secret_made: !webhook_secret }),
    ...(mcp_servers?.length && {
      mcp_servers_id: await vault.seal(
        'mcp-servers',
        mcp_servers.map((server) => ({ type: 'url', ...server })) as JsonValue,
      ),
    }),
  };
}

/** The webhook secret we made and owe to the caller; undefined when it is the caller's own, or there is none. */
export async function owedWebhookSecret(vault: Vault, steps: CreateSteps): Promise<string | undefined> {
  if (!steps.webhook_secret_made || !steps.webhook_id) return undefined;
  return (await vault.open<SealedWebhook>(steps.webhook_id, 'webhook')).reveal().secret;
}
