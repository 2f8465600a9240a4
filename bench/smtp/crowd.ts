/** The mails whose data is under way, and who waits until they are enough. */
export interface Crowd {
  /** One more. True: it may go on at once; else `goOn` is called when there are `heldUntil`. */
  begin(heldUntil: number, goOn: () => void): boolean;
  end(): void;
  /** Since it was last asked. From now on they are held anew. */
  mostAtOnce(): number;
}

/** Fewer come than the others are held for: then they go on, and the count shows it. */
const HELD_AT_MOST_MS = 60_000;

export function makeCrowd(): Crowd {
  const held = new Set<() => void>();
  let underWay = 0;
  let most = 0;
  let isLetGo = false;
  let timer: NodeJS.Timeout | undefined;
  const letGo = (): void => {
    clearTimeout(timer);
    isLetGo = true;
    for (const goOn of held) goOn();
    held.clear();
  };
  return {
    begin(heldUntil, goOn) {
      underWay += 1;
      most = Math.max(most, underWay);
      if (underWay >= heldUntil) letGo();
      if (isLetGo) return true;
      if (held.size === 0) timer = setTimeout(letGo, HELD_AT_MOST_MS);
      held.add(goOn);
      return false;
    },
    end() {
      underWay -= 1;
    },
    mostAtOnce() {
      const result = most;
      most = underWay;
      isLetGo = false;
      return result;
    },
  };
}
