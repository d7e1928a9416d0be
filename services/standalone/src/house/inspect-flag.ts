import type { ServiceName } from './service-names';

/** Node's own default. */
const defaultPort = '9229';

/** The flag that lets a debugger attach to the first replica of the named service, and to no other process. */
export function inspectFlag(inspect: string | undefined, service: ServiceName, replica: number): string[] {
  const [name, port = defaultPort] = (inspect ?? '').split(':');
  return name === service && replica === 1 ? [`--inspect=127.0.0.1:${port}`] : [];
}
