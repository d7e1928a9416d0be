/** Core NATS subjects of request/reply between our services: small messages, never a secret. */
export const requestSubjects = {
  getData: 'multitask-rpc.results.getData',
  getStatus: 'multitask-rpc.results.getStatus',
} as const;
