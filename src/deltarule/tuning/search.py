"""Successive halving: many configurations for a few epochs, the best of them for more.

References
----------
Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter optimization",
AISTATS. Egele et al. (2023), "Is one epoch all you need for multi-fidelity hyperparameter optimization?".
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from threading import Event

import numpy as np

from deltarule._common.executors import canceled_last, executor
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.recipe import Recipe
from deltarule.table_model.recipe_networks import with_recipe
from deltarule.training.events import Progress
from deltarule.training.remote_training import RemoteTraining
from deltarule.tuning.journal import Journal
from deltarule.tuning.rungs import Rung
from deltarule.tuning.samplers import Sampler
from deltarule.tuning.search_space import (
    DEFAULT,
    FIRST_DRAWN,
    OTHER_SEED,
    SearchSpace,
    recipe_values,
)
from deltarule.tuning.trial_networks import NetworkKey, TrialNetworks
from deltarule.tuning.trials import Trial, TuningProgress

POLL_SECONDS = 0.1
TIME_SHARES = (0.3, 0.4, 0.5, 1.0)
"""Under a time limit, the share of the time that is left which a rung may take, from first to last."""
SHARE_OF_OTHER_SEED = 0.25
"""Under a time limit, the recipe is trained with another seed if that takes at most this share of it."""


@dataclass(frozen=True)
class SearchOptions:
    """How a search is run.

    Parameters
    ----------
    trials : int
        Number of trials, the default included.
    threads : int
        Networks that train at the same time.
    ends : float, default inf
        A value of `time.perf_counter()` at which training shall have ended.
    listen : callable, optional
        Called with a `TuningProgress` when a trial reaches the end of a rung.
    on_network : callable, optional
        Called with the networks of the default or of a batch of trials that have ended on a rung, and
        with their number, whenever one ends.
    on_wait : callable, optional
        Called about ten times a second; what it raises ends the search.
    """

    trials: int
    threads: int
    ends: float = math.inf
    listen: Callable[[TuningProgress], None] | None = None
    on_network: Callable[[int, int], None] | None = None
    on_wait: Callable[[], None] | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A trial with what its networks are trained by."""

    trial: Trial
    recipe: Recipe
    network: Network


class _Abandoned(BaseException):
    """Ends the training of a network whose result is not needed."""


class Search:
    """A search over the configurations of a space, for the networks of one design."""

    def __init__(
        self,
        design: TrainingDesign,
        space: SearchSpace,
        sampler: Sampler,
        rungs: Sequence[Rung],
        journal: Journal,
        options: SearchOptions,
        *,
        engine: str,
        folder: str | None,
        remote: RemoteTraining | None = None,
    ) -> None:
        self._design, self.space, self._rungs = design, space, rungs
        self._journal, self._options, self._sampler = journal, options, sampler
        self._over = Event()
        self.networks = TrialNetworks(design, engine, folder, self._end_if_over, remote)
        weights = design.weights
        self._fold_weights = [
            float(len(s.validation) if weights is None else weights[s.validation].sum())
            for s in design.splits
        ]
        self.trials: dict[int, Trial] = {}
        self.is_cut_short = False

    def run(self) -> list[Candidate]:
        """Run all rungs; return the defaults, then the other trials that reached the last rung's end."""
        defaults = [self._train_default(DEFAULT)]
        if self._options.trials > OTHER_SEED and self._has_time_for_another():
            defaults.append(self._train_default(OTHER_SEED))
        first = self._train_first_rung()
        survivors, tried = self._alive(first), len(first)
        for place, rung in enumerate(self._rungs[1:], start=1):
            chosen = survivors[: rung.trials(tried)]
            for candidate in survivors[len(chosen) :]:
                self.networks.forget(candidate.trial.number)
            reached = self._train_rung(place, chosen, self._end_of_rung(place))
            dropped = {c.trial.number for c in chosen} - {c.trial.number for c in reached}
            for number in dropped:
                self.networks.forget(number)
            survivors = self._alive(reached)
        return [*defaults, *survivors]

    def _train_first_rung(self) -> list[Candidate]:
        """Draw trials and train them on the first rung, in batches if the sampler learns from them."""
        numbers = range(FIRST_DRAWN, self._options.trials)
        size = self._sampler.batch or max(len(numbers), 1)
        ends, reached = self._end_of_rung(0), list[Candidate]()
        for begin in range(0, len(numbers), size):
            if time.perf_counter() > ends:
                self.is_cut_short = True
                break
            batch = [self._draft(number) for number in numbers[begin : begin + size]]
            found = self._train_rung(0, batch, ends, len(reached), len(numbers))
            losses = {candidate.trial.number: candidate.trial.loss for candidate in found}
            for candidate in batch:
                self._sampler.tell(
                    candidate.trial.number, losses.get(candidate.trial.number, math.inf)
                )
            reached += found
        return reached

    def _end_of_rung(self, place: int) -> float:
        now = time.perf_counter()
        return now + TIME_SHARES[place - len(self._rungs)] * (self._options.ends - now)

    def _alive(self, reached: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates that did not diverge, the best first."""
        alive = [c for c in reached if math.isfinite(c.trial.loss)]
        return sorted(alive, key=lambda c: (c.trial.loss, c.trial.number))

    def _draft(self, number: int) -> Candidate:
        """Return a trial before its first rung."""
        configuration = self._sampler.ask(number)
        recipe = configuration.recipe(self.space.base)
        network = self._design.network
        if number >= FIRST_DRAWN:
            network = with_recipe(network, recipe, self._design.target.task)
        trial = Trial(number, configuration, recipe_values(recipe), (), 0, 0, 0.0)
        return Candidate(trial, recipe, network)

    def _train_default(self, number: int) -> Candidate:
        """Train the default to the end; raise `SettingError` if the time limit is too short for it."""
        draft, last = self._draft(number), self._rungs[-1]
        if number == DEFAULT and math.isfinite(self._options.ends):
            first = dataclasses.replace(self._rungs[0], networks=1, rows=None)
            self._refuse_slow_default(self._train([draft], first, math.inf)[0])
        [default] = self._train([draft], last, math.inf)
        losses = tuple(self._loss_at(number, rung) for rung in self._rungs)
        trial = dataclasses.replace(default.trial, losses=losses)
        self.trials[number] = trial
        self._tell(trial, 1, 1)
        return dataclasses.replace(default, trial=trial)

    def _has_time_for_another(self) -> bool:
        left = self._options.ends - time.perf_counter()
        return self._seconds(self._draft(OTHER_SEED), self._rungs[-1]) < SHARE_OF_OTHER_SEED * left

    def _refuse_slow_default(self, begun: Candidate) -> None:
        needed = self._seconds(begun, self._rungs[-1])
        left = self._options.ends - time.perf_counter()
        if needed > left:
            raise SettingError(
                "time_limit_s",
                f"is too short to tune: the networks of the default configuration alone need about "
                f"{needed:.0f} s, and {max(left, 0):.0f} s are left for training",
                hint="Raise it to several times that, or use train, which fits one model into the time.",
            )

    def _train_rung(
        self,
        place: int,
        candidates: Sequence[Candidate],
        ends: float,
        done: int = 0,
        planned: int | None = None,
    ) -> list[Candidate]:
        """Train candidates on a rung as long as there is time, and return those that reached its end."""
        planned = len(candidates) if planned is None else planned
        rung = self._rungs[place]
        is_last = place == len(self._rungs) - 1  # whose networks are needed, not only their losses
        known, others = [], []
        for candidate in candidates:
            found = None if is_last else self._journal.find(candidate.trial, rung)
            if found is None:
                others.append(candidate)
            else:
                known.append(self._reached(candidate, rung, *found))
        for i, candidate in enumerate(known):
            self._tell(candidate.trial, done + i + 1, planned)
        return [*known, *self._train(others, rung, ends, done + len(known), planned)]

    def _train(
        self,
        candidates: Sequence[Candidate],
        rung: Rung,
        ends: float,
        done: int = 0,
        planned: int = 1,
    ) -> list[Candidate]:
        """Train the networks of candidates side by side."""
        losses: dict[int, list[float]] = {
            c.trial.number: [math.nan] * rung.networks for c in candidates
        }
        seconds, ended = dict.fromkeys(losses, 0.0), 0
        reached: list[Candidate] = []
        tasks = self._tasks(candidates, rung, ends)
        running: dict[Future[tuple[float, float]], tuple[Candidate, int]] = {}
        with executor(self._options.threads, "deltarule-tune") as pool:
            try:
                while True:
                    while len(running) < self._options.threads:
                        if (task := next(tasks, None)) is None:
                            break
                        running[pool.submit(self._train_network, *task, rung)] = task
                    if not running:
                        break
                    # With a timeout, so that Ctrl-C is noticed.
                    for future in canceled_last(wait(running, POLL_SECONDS, FIRST_COMPLETED).done):
                        candidate, fold = running.pop(future)
                        number = candidate.trial.number
                        losses[number][fold], took = future.result()
                        ended += 1
                        if self._options.on_network is not None:
                            self._options.on_network(ended, len(candidates) * rung.networks)
                        seconds[number] += took
                        if not np.isnan(losses[number]).any():
                            loss = self._mean_loss(losses[number])
                            total = candidate.trial.seconds + seconds[number]
                            self._journal.add(candidate.trial, rung, loss, total)
                            reached.append(self._reached(candidate, rung, loss, total))
                            if number >= FIRST_DRAWN:
                                self._tell(reached[-1].trial, done + len(reached), planned)
                    if self._options.on_wait is not None:
                        self._options.on_wait()
            except BaseException:
                self._over.set()
                raise
        return reached

    def _tasks(
        self, candidates: Sequence[Candidate], rung: Rung, ends: float
    ) -> Iterator[tuple[Candidate, int]]:
        """Yield candidates and folds in order, without candidates for which there is no time."""
        for candidate in candidates:
            if time.perf_counter() + self._seconds(candidate, rung) > ends:
                self.is_cut_short = True
                continue
            for fold in range(rung.networks):
                yield candidate, fold

    def _train_network(self, candidate: Candidate, fold: int, rung: Rung) -> tuple[float, float]:
        began = time.perf_counter()
        key = NetworkKey(candidate.trial.number, fold, rung.rows)
        loss = self.networks.train(key, candidate.recipe, candidate.network, rung.epochs)
        return loss, time.perf_counter() - began

    def _reached(self, candidate: Candidate, rung: Rung, loss: float, seconds: float) -> Candidate:
        """Return a candidate that reached the end of a rung."""
        trial = dataclasses.replace(
            candidate.trial, losses=(*candidate.trial.losses, loss), epochs=rung.epochs,
            networks=rung.networks, seconds=seconds,
        )  # fmt: skip
        self.trials[trial.number] = trial
        return dataclasses.replace(candidate, trial=trial)

    def _tell(self, trial: Trial, done: int, planned: int) -> None:
        if self._options.listen is None:
            return
        default = None
        if trial.number >= FIRST_DRAWN:
            found = self.trials[DEFAULT].losses[trial.rung - 1]
            default = found if math.isfinite(found) else None
        self._options.listen(TuningProgress(trial, len(self._rungs), done, planned, default))

    def _loss_at(self, number: int, rung: Rung) -> float:
        """Return the loss that a default had at the end of a rung; NaN if it had other rows."""
        if rung.rows is not None:
            return math.nan
        keys = [NetworkKey(number, fold) for fold in range(rung.networks)]
        return self._mean_loss([self.networks.loss_at(key, rung.epochs) for key in keys])

    def _mean_loss(self, losses: Sequence[float]) -> float:
        """Return the mean loss of the first folds, weighted by their validation rows."""
        weights = self._fold_weights[: len(losses)]
        return sum(w * x for w, x in zip(weights, losses, strict=True)) / sum(weights)

    def _seconds(self, candidate: Candidate, rung: Rung) -> float:
        """Return about how many seconds a candidate needs to the end of a rung."""
        if not math.isfinite(self._options.ends):
            return 0.0
        trial, known = candidate.trial, self.trials.get(DEFAULT)
        size, rows = 1.0, 1.0
        done = 0
        if trial.seconds and (trial.rung != 1 or self._rungs[0].rows is None):
            known, done = trial, trial.epochs * trial.networks
        elif known is not None:
            size = candidate.network.parameter_count / self._design.network.parameter_count
        if known is None or not known.epochs:
            return 0.0
        if rung.rows is not None:
            rows = min(rung.rows / max(len(self._design.splits[0].training), 1), 1.0)
        of_epoch = size * rows * known.seconds / (known.epochs * known.networks)
        # No more threads than networks help a trial, such as the default, which trains alone.
        threads = min(self._options.threads, rung.networks)
        return of_epoch * (rung.epochs * rung.networks - done) / threads

    def _end_if_over(self, _: Progress | None) -> None:
        if self._over.is_set():
            raise _Abandoned


def finished_trials(search: Search, votes: dict[int, int]) -> tuple[Trial, ...]:
    """Return the trials in order with their votes."""
    trials = sorted(search.trials.values(), key=lambda trial: trial.number)
    return tuple(dataclasses.replace(t, votes=votes.get(t.number, 0)) for t in trials)
