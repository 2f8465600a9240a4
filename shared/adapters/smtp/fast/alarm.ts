/**
 * A timer for deadlines that are hardly ever reached. It is set to the first of them and left there when the next ones are
 * later, as they are with every mail: so it rings now and then although nothing is due, and whoever hears it looks and sets
 * it again.
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings by then at the latest. `at` as `performance.now()`; Infinity: never. */
  setBy(at: number): void {
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(this.#over, Math.max(Math.ceil(at - performance.now()), 0));
  }

  /** For good: whatever it was set for is over. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#at = -Infinity;
  }

  readonly #over = (): void => {
    this.#at = Infinity;
    this.#ring();
  };
}
