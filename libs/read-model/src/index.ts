export * from './group.reader';
