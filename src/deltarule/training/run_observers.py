"""Observers of training runs, such as a tracking server: each call that trains is reported to them.

A function that trains is decorated with `observed`. What it calls in turn is part of the same run. An
error of an observer becomes a warning, and training goes on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any, Protocol, TypeVar, cast

from deltarule._common.user_warnings import warn_user
from deltarule.training.events import Progress, ProgressListener

MAX_REASON = 300
"""Longest reason in a warning: errors of servers hold whole requests."""
F = TypeVar("F", bound=Callable[..., Any])


class ObservedRun(Protocol):
    """What an observer does during one run."""

    def progress(self, progress: Progress) -> None:
        """Take the epochs since the last event, from any thread."""

    def end(self, result: Any) -> None:
        """Take what the function returned."""

    def fail(self, error: BaseException) -> None:
        """Take what the function raised."""


class RunObserver(Protocol):
    """Is asked at the beginning of each run."""

    @property
    def name(self) -> str:
        """The name in warnings."""

    def begin(self, function: str, arguments: Mapping[str, Any]) -> ObservedRun:
        """Begin to observe a call of a function."""


class _Guarded:
    """An observed run whose first error is a warning and its end."""

    def __init__(self, observer: RunObserver, function: str, arguments: Mapping[str, Any]) -> None:
        self._observer, self._lock = observer, Lock()
        self._run: ObservedRun | None = None
        self._run = self._guarded(lambda: observer.begin(function, arguments))

    def progress(self, progress: Progress) -> None:
        with self._lock:
            if (run := self._run) is not None:
                self._guarded(lambda: run.progress(progress))

    def end(self, result: Any) -> None:
        if (run := self._run) is not None:
            self._guarded(lambda: run.end(result))

    def fail(self, error: BaseException) -> None:
        if (run := self._run) is not None:
            self._guarded(lambda: run.fail(error))

    def _guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Exception as error:
            self._run = None
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            if len(reason) > MAX_REASON:
                reason = f"{reason[: MAX_REASON - 1]}…"
            warn_user(f"{self._observer.name} does not record this run further: {reason}")
            return None


class _Run:
    """The observed runs of one call; the first loop inside that asks gets to report its progress."""

    def __init__(self, observed: list[_Guarded]) -> None:
        self.observed, self._is_taken, self._lock = observed, False, Lock()

    def take(self) -> list[_Guarded]:
        with self._lock:
            taken, self._is_taken = self._is_taken, True
        return [] if taken else self.observed


_observers: dict[str, RunObserver] = {}
_current: ContextVar[_Run | None] = ContextVar("deltarule_observed_run", default=None)


def add_observer(observer: RunObserver) -> None:
    """Let an observer see all runs from now on, instead of the one with the same name."""
    _observers[observer.name] = observer


def remove_observer(name: str) -> None:
    """Stop an observer, if there is one with this name."""
    _observers.pop(name, None)


def observed(function_name: str) -> Callable[[F], F]:
    """Return a decorator for a function that trains."""

    def decorate(function: F) -> F:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not _observers or _current.get() is not None:
                return function(*args, **kwargs)
            arguments = _arguments(function, args, kwargs)
            run = _Run([_Guarded(one, function_name, arguments) for one in _observers.values()])
            token = _current.set(run)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                for one in run.observed:
                    one.fail(error)
                raise
            finally:
                _current.reset(token)
            for one in run.observed:
                one.end(result)
            return result

        return cast("F", call)

    return decorate


@contextmanager
def unobserved() -> Iterator[None]:
    """Report nothing of what is called inside, as it belongs to the run of another thread."""
    token = _current.set(_Run([]))
    try:
        yield
    finally:
        _current.reset(token)


def observed_progress(listener: ProgressListener | None) -> ProgressListener | None:
    """Return a listener that also reports to the observers of the current run."""
    run = _current.get()
    observers = [] if run is None else run.take()
    if not observers:
        return listener

    def report(progress: Progress) -> None:
        for one in observers:
            one.progress(progress)
        if listener is not None:
            listener(progress)

    return report


def _arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:  # the function itself refuses them
        return dict(kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)
