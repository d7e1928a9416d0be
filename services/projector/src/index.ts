import type { Service } from '@multitask/platform';
import { ProjectorModule } from './projector.module';
import { projectorSettings, type ProjectorSettings } from './projector.settings';

/** The log into the read model; no HTTP of its own. */
export const projector: Service<ProjectorSettings> = {
  name: 'projector',
  config: projectorSettings,
  module: (context) => ProjectorModule.with(context),
};
