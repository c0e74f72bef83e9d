"""The callbacks and the printed lines of one call of fit, with epochs in the engine or batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deltarule._common.user_warnings import warn_user
from deltarule.keras.callbacks import History, TerminateOnNaN
from deltarule.keras.callbacks.base import Logs
from deltarule.keras.callbacks.hooks import Hooks, check_monitors
from deltarule.keras.fit_settings import FitSettings, TrainingDivergedWarning
from deltarule.keras.progress import epoch_line, print_line


class FitCallbacks:
    """Calls the hooks of training, prints the lines of epochs, and keeps the history.

    Parameters
    ----------
    model : Model
        The model in training.
    users : sequence of Callback
        The callbacks that the user passed.
    settings : FitSettings
        Epochs and verbosity.
    """

    def __init__(self, model: Any, users: Sequence[Any], settings: FitSettings) -> None:
        self._model, self._settings = model, settings
        self.history = History()
        self.hooks = Hooks(model, (*users, self.history))
        self._logs: Logs = {}  # of the last epoch, without what callbacks added

    def run(
        self, steps: int | None, train: Callable[[], str | None], close: Callable[[], None]
    ) -> History:
        """Train between the hooks of the beginning and the end; return the history.

        Parameters
        ----------
        steps : int or None
            Number of updates of an epoch.
        train : callable
            Trains; returns what to warn of, or None.
        close : callable
            Stores the weights in the layers, also after an interrupt or an error.
        """
        settings, problem = self._settings, None
        interrupt: KeyboardInterrupt | None = None
        try:
            self._model.stop_training = False
            self.hooks.set_up(
                {"verbose": settings.verbose, "epochs": settings.epochs, "steps": steps}
            )
            check_monitors(self.hooks.callbacks)
            self.hooks.call("on_train_begin", {})
            problem = train()
        except KeyboardInterrupt as error:
            interrupt = error
        finally:
            close()
        self.hooks.call("on_train_end", self._logs)
        if interrupt is not None:
            raise interrupt
        silent = any(isinstance(callback, TerminateOnNaN) for callback in self.hooks.callbacks)
        if problem and not silent:
            warn_user(problem, TrainingDivergedWarning)
        return self.history

    def begin_epoch(self, epoch: int) -> None:
        """Begin the epoch with this number, from 0."""
        settings = self._settings
        if settings.verbose and settings.epochs > 1:
            print_line(f"Epoch {epoch + 1}/{settings.epochs}")
        self.hooks.call("on_epoch_begin", epoch, {})

    def end_epoch(self, epoch: int, logs: Logs, steps: int, seconds: float) -> None:
        """End the epoch: callbacks may add to its logs, which the history and the line show."""
        self._logs = dict(logs)
        self.hooks.call("on_epoch_end", epoch, logs)
        if self._settings.verbose:
            print_line(epoch_line(steps, seconds, logs, self._settings.verbose))
