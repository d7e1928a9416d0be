export const multitaskPath = '/v1beta/tasks/multitask';
