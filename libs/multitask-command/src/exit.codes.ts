/** What the command says to a script. Numbers never change their meaning; docs/client.md lists them. */
export const exitCodes = {
  /** Done; every row has its result, where there are rows. */
  done: 0,
  /** It could not be done; the message says why. */
  failed: 1,
  /** The command line cannot be understood, or a file it names cannot be used. Nothing was sent. */
  usage: 2,
  /** The group is done, but some rows ended without a result. */
  someWithoutResult: 3,
  /** Nothing was bought or deleted: declined, or nobody to ask and no --yes. */
  notAgreed: 4,
  /** Interrupted. A group that was created goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line cannot be used as it is: the message says what and how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What costs money or cannot be undone was not agreed to. */
export class NotAgreedError extends Error {
  override readonly name = 'NotAgreedError';
}
