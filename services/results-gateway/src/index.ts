export { resultsGateway } from './results-gateway';
export type { ResultsGatewaySettings } from './results-gateway.settings';
