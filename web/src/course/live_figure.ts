/** Makes a still picture live: controls, handles, and training step by step, all carried out by Python. */

import { rowOf, type Row } from "./control_row";
import { button, make } from "./dom";
import { Handles } from "./handles";
import type { Answer, Host, Request, Value, View } from "./messages";

const SPOKEN_AFTER_MS = 800;
type Action = Request extends infer R ? (R extends unknown ? Omit<R, "id"> : never) : never;

export class LiveFigure {
  private readonly id: string;
  private readonly picture: HTMLElement;
  private readonly sentence: HTMLElement;
  private readonly still: HTMLElement;
  private readonly spoken = make("p", { class: "hidden-text", "aria-live": "polite" });
  private readonly rows: Row[] = [];
  private readonly queue: Action[] = [];
  private readonly handles: Handles;
  private playButton: HTMLButtonElement | null = null;
  private inFlight = false;
  private opened = false;
  private built = false;
  private playing = false;
  private ended = false;
  private stepped = 0; // when the last step was asked for
  private frameMs = 60;
  private speaking: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly place: HTMLElement,
    private readonly host: Host,
    number: number,
  ) {
    this.id = `figure-${number}`;
    this.picture = place.querySelector(".picture") as HTMLElement;
    this.sentence = place.querySelector(".sentence") as HTMLElement;
    this.still = place.querySelector(".still") as HTMLElement;
    this.handles = new Handles(this.picture, (handle, x, y) => this.ask({ do: "move", handle, x, y }));
    host.listen(this.id, (answer) => this.received(answer));
  }

  /** Ask Python for the figure; called once it is near, or touched. */
  open(): void {
    if (this.opened) return;
    this.opened = true;
    this.still.textContent = "Python is loading; the picture will be live in a moment.";
    const values = JSON.parse(this.place.dataset.values ?? "{}") as Record<string, Value>;
    this.ask({ do: "open", name: this.place.dataset.figure ?? "", values });
  }

  private ask(action: Action): void {
    const last = this.queue.at(-1);
    // Of many changes of the same control, only the last one counts.
    if (last && isSameTarget(last, action)) this.queue.pop();
    this.queue.push(action);
    this.next();
  }

  private next(): void {
    const action = this.inFlight ? undefined : this.queue.shift();
    if (!action) return;
    this.inFlight = true;
    this.host.send({ ...action, id: this.id } as Request);
  }

  private received(answer: Answer): void {
    this.inFlight = false;
    if ("error" in answer) {
      this.pause();
      this.place.classList.remove("is-live"); // shows the sentence below, until an answer is right again
      this.still.classList.add("error");
      this.still.textContent = answer.error;
    } else this.show(answer);
    this.next();
    if (this.playing) this.schedule();
  }

  private show(view: View): void {
    if (!this.built) this.build(view);
    this.place.classList.add("is-live");
    this.still.classList.remove("error");
    this.frameMs = view.frame_ms;
    this.picture.innerHTML = view.picture;
    this.handles.refocus();
    this.sentence.textContent = view.sentence;
    view.controls.forEach((control, place) => this.rows[place]?.update(control));
    this.ended = !view.goes_on;
    if (this.ended) this.pause();
    this.place.dataset.frame = String(Number(this.place.dataset.frame ?? 0) + 1);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => void (this.spoken.textContent = view.sentence), SPOKEN_AFTER_MS);
  }

  private build(view: View): void {
    this.built = true;
    const controls = make("div", { class: "controls" });
    for (const control of view.controls) {
      const row = rowOf(control, (name, value) => this.ask({ do: "set", control: name, value }));
      this.rows.push(row);
      controls.append(row.element);
    }
    const transport = make("div", { class: "transport" });
    if (view.trains) {
      this.playButton = button("Play", () => (this.playing ? this.pause() : this.play()), {
        class: "primary",
      });
      transport.append(
        this.playButton,
        button("Step", () => (this.pause(), this.ask({ do: "step" }))),
        button("Restart", () => (this.pause(), this.ask({ do: "restart" }))),
      );
    }
    transport.append(button("Start values", () => (this.pause(), this.ask({ do: "reset" }))));
    this.sentence.after(controls, transport, this.spoken);
  }

  private play(): void {
    this.playing = true;
    if (this.playButton) this.playButton.textContent = "Pause";
    if (this.ended) this.ask({ do: "restart" });
    else this.schedule();
  }

  private pause(): void {
    this.playing = false;
    if (this.playButton) this.playButton.textContent = "Play";
  }

  /** Ask for the next step once the shortest time of a frame has passed. */
  private schedule(): void {
    requestAnimationFrame((now) => {
      if (!this.playing || this.inFlight) return;
      if (now - this.stepped < this.frameMs) return this.schedule();
      this.stepped = now;
      this.ask({ do: "step" });
    });
  }
}

function isSameTarget(a: Action, b: Action): boolean {
  if (a.do === "set" && b.do === "set") return a.control === b.control;
  return a.do === "move" && b.do === "move" && a.handle === b.handle;
}
