export const ORCHESTRATOR_SETTINGS = Symbol('ORCHESTRATOR_SETTINGS');
export const LOGGER = Symbol('LOGGER');
