/** Entry of our own page: the widget over a WebSocket next to this address. */

import widget from "../widget";
import { SocketModel } from "../host/socket_model";

const address = new URL("./socket", location.href);
address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
address.hash = "";
widget.render({ model: new SocketModel(address), el: document.getElementById("playground") as HTMLElement });
