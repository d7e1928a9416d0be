/** Both names of the one resource; the second is its alias. */
export const multitaskPaths = ['/v1beta/tasks/multitask', '/v1/tasks/multitask'];

/** The paths of one group, under both names. */
export const groupPaths = (tail: string): string[] => multitaskPaths.map((path) => `${path}/:groupId${tail}`);
