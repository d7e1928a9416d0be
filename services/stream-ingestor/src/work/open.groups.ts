interface OpenGroup {
  readonly groupId: string;
  readonly createdAt: Date;
}

/** Groups that are not complete, as far as the read model knows, the oldest first. */
export interface OpenGroups {
  openGroups(limit: number, after?: OpenGroup): Promise<readonly OpenGroup[]>;
}

/** Asked for at once. */
const pageSize = 10_000;

/** Ids of all of them, page by page: groups that stand still for long must not hide those that came later. */
export async function everyOpenGroup(groups: OpenGroups, size = pageSize): Promise<Set<string>> {
  const found = new Set<string>();
  for (let after: OpenGroup | undefined; ;) {
    const page = await groups.openGroups(size, after);
    for (const { groupId } of page) found.add(groupId);
    after = page.at(-1);
    if (page.length < size) return found;
  }
}
