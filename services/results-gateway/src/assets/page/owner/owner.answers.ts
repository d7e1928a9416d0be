import type { Json } from '../data/row';

/** What the commands of a group's owner answer, as far as the page reads it. */
export interface Appended {
  readonly num_inputs: number;
  readonly first_row: number;
  readonly warnings: readonly { readonly message: string }[];
  readonly estimate: { readonly cost_usd: number | null };
}

export interface Cancelled {
  readonly cancelled: number;
  readonly detail: string;
}

export interface Deleted {
  readonly deleted: boolean;
  readonly detail: string;
}

export interface Attempt {
  readonly attempt: number;
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly delivered: boolean;
}

export interface Delivery {
  readonly webhook_id: string;
  readonly generation: number;
  readonly completed_at: string | null;
  readonly state: 'pending' | 'delivered' | 'given_up';
  readonly next_try_at: string | null;
  readonly attempts: readonly Attempt[];
}

export interface Deliveries {
  readonly endpoint: string | null;
  readonly deliveries: readonly Delivery[];
  readonly next_cursor: string | null;
}

export interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly time: string;
  readonly data: { readonly [name: string]: Json };
}

export interface Events {
  readonly events: readonly LoggedEvent[];
  readonly next_cursor: string | null;
}
