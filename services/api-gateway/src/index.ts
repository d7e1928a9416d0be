export { apiGateway } from './api-gateway';
export { openApiDocument } from './documents/openapi.document';
