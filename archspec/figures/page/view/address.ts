/** The address names what is selected; the browser's history remembers what was open. */

/** Milliseconds: a browser refuses it more often. */
const PAUSE = 100;

interface Remembered {
  path: string;
  open: number[];
}

/** Writes the address after what is done, and follows Back and Forward. */
export class Address {
  /** How many boxes there are: of another network nothing is remembered. */
  private readonly boxes: number;
  private waiting: Remembered | null = null;
  private isNew = false;

  constructor(boxes: number, follow: () => void) {
    this.boxes = boxes;
    window.addEventListener("popstate", () => {
      this.waiting = null;
      follow();
    });
  }

  get path(): string {
    const name = location.hash.slice(1);
    try {
      return decodeURIComponent(name);
    } catch {
      return name;
    }
  }

  /** Numbers of the boxes that were open here, if this was shown before. */
  get open(): number[] | null {
    const { boxes, open } = (history.state ?? {}) as { boxes?: number; open?: number[] };
    return boxes === this.boxes && open ? open : null;
  }

  /** What is shown now; if it is a step, Back leads to what was shown before. */
  remember(path: string, open: Iterable<number>, isStep: boolean): void {
    if (isStep && path !== this.waiting?.path) this.write();
    if (!this.waiting) setTimeout(() => this.write(), PAUSE);
    this.waiting = { path, open: [...open] };
    this.isNew ||= isStep;
  }

  private write(): void {
    if (!this.waiting) return;
    const { path, open } = this.waiting;
    const state = { boxes: this.boxes, open };
    if (location.protocol === "about:") { // in a cell of a notebook, which has an address of its own
      history.replaceState(state, "");
      [this.waiting, this.isNew] = [null, false];
      return;
    }
    const address = path ? `#${encodeURIComponent(path)}` : location.pathname + location.search;
    if (this.isNew && path !== this.path) history.pushState(state, "", address);
    else history.replaceState(state, "", address);
    [this.waiting, this.isNew] = [null, false];
  }
}
