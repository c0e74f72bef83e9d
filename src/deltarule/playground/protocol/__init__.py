"""Messages between the page and Python; `web/src/engine/protocol/` is generated from them.

The page sends a `PageRequest` (`requests.py`), Python answers and reports with a `PageResponse`
(`responses.py`). A message is a JSON object with a `type`, sometimes followed by bytes; `wire.py` has
the layout. Python holds the truth: the page draws what it receives and computes nothing of the network.

After a request that changes the state Python sends `state`, then `points` if the generation changed.
Frames follow at most 30 times a second, and at most two are unacknowledged (`flow_control.py`). A frame
is complete in itself: the page may drop any of them.
"""
