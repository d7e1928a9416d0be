/** Both names of the one resource; the second is its alias. */
export const multitaskPaths = ['/v1beta/tasks/multitask', '/v1/tasks/multitask'];

/** Where the form's own files are: `/assets` is another service's. */
export const formFolder = `${multitaskPaths[0]}/form`;
export const isFormFile = (path: string): boolean =>
  path.startsWith(`${formFolder}/`) && /^[0-9a-f]{12}\//.test(path.slice(formFolder.length + 1));

/** The paths of one group, under both names. */
export const groupPaths = (tail: string): string[] => multitaskPaths.map((path) => `${path}/:groupId${tail}`);
