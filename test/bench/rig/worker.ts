/** The side of a worker process: answers what it is asked by name, until the process that started it is gone. */
export function answerQuestions(answers: Record<string, (argument: never) => unknown>): void {
  process.on('message', ({ id, question, argument }: { id: number; question: string; argument: unknown }) => {
    void (async () => {
      try {
        process.send!({ id, value: await answers[question]!(argument as never) });
      } catch (error) {
        process.send!({ id, error: error instanceof Error ? error.stack : String(error) });
      }
    })();
  });
  process.on('disconnect', () => process.exit(0));
  process.send!({ ready: true });
}
