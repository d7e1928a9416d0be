export { decideExpiry, type ExpiryReason } from './expiry.decider';
export { decideWebhook, type WebhookAnswer, type WebhookDecision, type WebhookFacts } from './webhook.decider';
export { webhookBody, webhookId, type Completion } from './webhook.message';
export { nextWebhookTry, type WebhookTry } from './webhook.schedule';
