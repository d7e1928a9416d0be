export const API_GATEWAY_SETTINGS = Symbol('API_GATEWAY_SETTINGS');
export const CREATE_METRICS = Symbol('CREATE_METRICS');
export type { ApiGatewaySettings } from './api-gateway.settings';
