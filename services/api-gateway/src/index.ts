export { apiGateway } from './api-gateway';
