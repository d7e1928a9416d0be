/** Both names of the one resource; the second is its alias. */
export const multitaskPaths = ['/v1beta/tasks/multitask', '/v1/tasks/multitask'];
