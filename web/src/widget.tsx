/** anywidget's entry: render the playground into `el`, over any host's model. */

import { render as renderPreact } from "preact";
import { connect } from "./host/connect";
import { HEIGHT, type Model } from "./host/model";
import "uplot/dist/uPlot.min.css";
import "./styles/all.css";
import { App } from "./view/app";
import { Context, Look } from "./view/context";
import { runFrames } from "./view/frame_loop";
import { followTheme } from "./view/theme";

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  root.className = "deltarule-playground";
  root.dataset.lmSuppressShortcuts = "true"; // in JupyterLab, Space then presses a button instead of scrolling
  el.append(root);
  const look = new Look();
  const { session, close } = connect(model);
  const stopTheme = followTheme(root, look);
  const followHeight = () => (look.height.value = (model.get(HEIGHT) as number | null | undefined) ?? null);
  followHeight();
  model.on(`change:${HEIGHT}`, followHeight);
  const stopFrames = runFrames(root, session, look);
  renderPreact(
    <Context.Provider value={{ session, look }}>
      <App />
    </Context.Provider>,
    root,
  );
  return () => {
    close();
    model.off(`change:${HEIGHT}`, followHeight);
    stopFrames();
    stopTheme();
    renderPreact(null, root);
    root.remove();
  };
}

export default { render };
