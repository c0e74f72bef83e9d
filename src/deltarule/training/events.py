"""Events: what training reports while it runs; the library itself prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.history import Records
from deltarule.parameters import Parameters


@dataclass(frozen=True, repr=False)
class Progress(NotebookDisplay):
    """The epochs since the last event, sent about twenty times per second.

    Parameters
    ----------
    records : ndarray of shape (n_epochs,), dtype history.EPOCH_RECORD
        The records of these epochs.
    epochs : int
        Maximum number of epochs of the run.
    best_epoch : int or None
        The best epoch so far under `keep_best`, counted from 1; None before the first one.
    network : int, default 1
        Which of `networks` networks that train side by side, counted from 1.
    networks : int, default 1
        Number of networks that train side by side.
    ended : bool, default False
        Whether the training of the network ended with these epochs, which may be before `epochs`. A
        callback that stops it is only asked after this event.
    """

    records: Records
    epochs: int
    best_epoch: int | None
    network: int = 1
    networks: int = 1
    ended: bool = False

    def _sentence(self) -> str:
        best = "" if self.best_epoch is None else f", best epoch {self.best_epoch:,}"
        last = int(self.records["epoch"][-1]) if len(self.records) else 0
        return f"epoch {last:,} of {self.epochs:,}{best}"


@dataclass(frozen=True, repr=False)
class EpochEvent(NotebookDisplay):
    """A finished epoch, sent to callbacks. Training stops if a callback returns True.

    Parameters
    ----------
    epoch : int
        Number of the epoch, counted from 1.
    learning_rate : float
        Learning rate of the last update.
    training_loss : float
        Mean loss over the batches of the epoch, penalties included.
    training_score : float
        Accuracy or R² over the batches of the epoch; NaN without scores.
    validation_loss : float
        Loss on the validation rows after the epoch; NaN without such rows.
    validation_score : float
        Accuracy or R² on the validation rows after the epoch; NaN without such rows.
    elapsed_s : float
        Training time up to the end of the epoch, in seconds.
    current_parameters : callable
        Returns copies of the parameters after this epoch.

    Examples
    --------
    >>> import deltarule as dr
    >>> def stop_after_two(event):
    ...     return event.epoch == 2
    >>> network = dr.Network([dr.Dense(1)])
    >>> result = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], callbacks=[stop_after_two])
    >>> result.reason.name, len(result.history)
    ('CALLBACK', 2)
    """

    epoch: int
    learning_rate: float
    training_loss: float
    training_score: float
    validation_loss: float
    validation_score: float
    elapsed_s: float
    current_parameters: Callable[[], Parameters]

    def _sentence(self) -> str:
        losses = f"training loss {format_number(self.training_loss)}"
        if self.validation_loss == self.validation_loss:
            losses += f", validation loss {format_number(self.validation_loss)}"
        return f"epoch {self.epoch:,}, {losses}"


ProgressListener = Callable[[Progress], None]
Callback = Callable[[EpochEvent], bool | None]
