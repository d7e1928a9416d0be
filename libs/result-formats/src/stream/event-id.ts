/** Where in the log a reader stands. Clients treat its text as opaque. */
export interface StreamPosition {
  /** Changes when the log was made anew or rewound: positions of different incarnations cannot be compared. */
  readonly incarnation: string;
  readonly seq: number;
}

export const formatEventId = ({ incarnation, seq }: StreamPosition): string => `${incarnation}-${seq}`;

/** Undefined for what no server of ours ever gave out. */
export function parseEventId(text: string): StreamPosition | undefined {
  const match = /^([\w.-]{1,100})-(0|[1-9]\d{0,15})$/.exec(text);
  return match ? { incarnation: match[1]!, seq: Number(match[2]) } : undefined;
}
