/** How the resources of one state differ from those of another, by address. Values are not compared in sight: only whether they differ. */
export interface ResourceDifference {
  added: string[];
  removed: string[];
  /** Their attributes differ. */
  changed: string[];
}

/** What putting `candidate` in the place of `current` does to the resources. Addresses sorted. */
export function compareResources(
  candidate: ReadonlyMap<string, string>,
  current: ReadonlyMap<string, string>,
): ResourceDifference {
  const added = [...candidate.keys()].filter((address) => !current.has(address));
  const removed = [...current.keys()].filter((address) => !candidate.has(address));
  const changed = [...candidate].filter(([address, hash]) => current.has(address) && current.get(address) !== hash);
  return { added: added.sort(), removed: removed.sort(), changed: changed.map(([address]) => address).sort() };
}

/** The difference in a sentence: counts, and the first addresses of each kind. @param most addresses a kind. */
export function describeDifference({ added, removed, changed }: ResourceDifference, most: number): string {
  const counts = `+${added.length} -${removed.length} ~${changed.length}`;
  if (added.length + removed.length + changed.length === 0) return `${counts}: no resource differs`;
  const part = (sign: string, addresses: string[]) => {
    const shown = addresses.slice(0, most).map((address) => `${sign}${address}`);
    const more = addresses.length - shown.length;
    return [...shown, ...(more > 0 ? [`${sign}${more} more`] : [])];
  };
  return `${counts}: ${[...part("+", added), ...part("-", removed), ...part("~", changed)].join(", ")}`;
}
