export { openFrontDoor, type FrontDoor, type FrontDoorOptions } from './front-door/front-door';
export { Targets, type Target } from './front-door/targets';
export { helpText, OptionError, parseOptions, type Options } from './options';
