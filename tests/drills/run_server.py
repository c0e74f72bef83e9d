"""Runs `deltarule` commands with disturbances in forked children of a process with all imports.

    python -m drills.run_server

reads one request per line, a JSON list of runs to start together (see `Disturbed`), and answers with one
line: a list of their ends. A fork costs milliseconds, a new interpreter half a second.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TypedDict

MAX_SECONDS = 600
OUTPUT_BYTES = 2**20
"""What a run may print to either output: a pipe that is full would stop it."""
SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Disturbed(TypedDict, total=False):
    """A command and what disturbs it.

    Parameters
    ----------
    words : list of str
        The command's words; "python" as the first one runs `drills.python_runs` with the others.
    folder : str
        The folder it runs in.
    after : float
        Seconds to wait before it starts.
    signals : list of (float, int)
        Seconds after its start, and the signal to send then.
    fault : (str, int, str)
        A function of `os`, the number of a call of it in `folder`/m, and what happens: "kill" before it,
        "kill after", "delete" the folder before it, or the name of an error that this and all later
        calls in the folder raise.
    max_file_bytes : int
        The size above which the system refuses to write to a file.
    """

    words: list[str]
    folder: str
    after: float
    signals: list[tuple[float, int]]
    fault: tuple[str, int, str]
    max_file_bytes: int


def serve() -> None:
    """Answer requests until standard input ends."""
    import deltarule.cli.train
    import deltarule.data
    import deltarule.engines.native
    import deltarule.report
    import deltarule.table_model
    import deltarule.training  # noqa: F401

    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which is ignored under nohup
    gc.freeze()  # so that children do not copy what they never change
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run_together(json.loads(line))), flush=True)


def run_together(runs: list[Disturbed]) -> list[dict[str, Any]]:
    """Run commands side by side; return how each ended: status, out, err, seconds."""
    begun = time.monotonic()
    children: dict[int, int] = {}  # of each run, its process
    outputs: dict[int, dict[str, int]] = {}
    started: dict[int, float] = {}
    ends: dict[int, dict[str, Any]] = {}
    waiting = sorted((run.get("after", 0.0), i) for i, run in enumerate(runs))
    signals: list[tuple[float, int, int]] = []
    while len(ends) < len(runs):
        now = time.monotonic() - begun
        if now > MAX_SECONDS:
            for process in children.values():
                os.kill(process, signal.SIGKILL)
            raise TimeoutError(f"hangs: {runs}")
        while waiting and waiting[0][0] <= now:
            i = waiting.pop(0)[1]
            children[i], outputs[i] = _forked(runs[i])
            started[i] = now
            signals += [(now + after, i, number) for after, number in runs[i].get("signals", ())]
        for due in [s for s in signals if s[0] <= now]:
            signals.remove(due)
            if due[1] in children:
                os.kill(children[due[1]], due[2])
        for i, process in list(children.items()):
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                del children[i]
                ends[i] = {
                    "status": os.waitstatus_to_exitcode(status),
                    "seconds": now - started[i],
                    **{name: _read(pipe) for name, pipe in outputs.pop(i).items()},
                }
        time.sleep(0.0005)
    return [ends[i] for i in range(len(runs))]


def _read(pipe: int) -> str:
    with open(pipe, errors="replace") as file:
        return file.read()


def _forked(run: Disturbed) -> tuple[int, dict[str, int]]:
    """Start a run in a child process; return its number, and pipes with what it prints.

    A limit on the size of files does not hold for pipes: what a run says is read whole.
    """
    pipes = {name: os.pipe() for name in ("out", "err")}
    for _, end in pipes.values():
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, OUTPUT_BYTES)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until the child runs the command
    process = os.fork()
    if process:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        for _, end in pipes.values():
            os.close(end)
        return process, {name: start for name, (start, _) in pipes.items()}
    status = 1
    running = False
    try:
        prepare_child(run, pipes["out"][1], pipes["err"][1])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        running = True
        status = command_of(run)(run["words"])
        running = False
        sys.stdout.flush()
    except KeyboardInterrupt:
        if running and run["words"][0] != "python":
            traceback.print_exc()
        else:
            status = 130
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(status)


def prepare_child(run: Disturbed, out: int, err: int) -> None:
    """Enter the folder of a run, redirect its output, and install what disturbs it from inside."""
    os.setpgid(0, 0)
    os.chdir(run["folder"])
    for descriptor, pipe in ((1, out), (2, err)):
        os.dup2(pipe, descriptor)
        os.close(pipe)
    # The streams of this process may be files, which are read and written in another way.
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if "fault" in run:
        install_fault(os.path.realpath("m"), *run["fault"])
    if "max_file_bytes" in run:
        limit = run["max_file_bytes"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def command_of(run: Disturbed) -> Callable[[list[str]], int]:
    """Return what a run calls with its words."""
    if run["words"][0] == "python":
        from drills.python_runs import main as python_main

        return python_main
    from deltarule.cli import main

    return main


def install_fault(folder: str, name: str, number: int, what: str) -> None:
    """Let something happen at one call of a function of `os` on a file in `folder`."""
    original: Callable[..., Any] = getattr(os, name)
    calls = [0]

    def is_inside(argument: Any) -> bool:
        if isinstance(argument, int):  # a descriptor
            argument = os.readlink(f"/proc/self/fd/{argument}")
        return os.path.dirname(os.path.abspath(argument)) == folder

    def disturbed(*arguments: Any, **options: Any) -> Any:
        if not is_inside(arguments[0]):
            return original(*arguments, **options)
        calls[0] += 1
        if calls[0] == number and what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if calls[0] == number and what == "delete":
            shutil.rmtree(folder)
        if calls[0] >= number and what.startswith("E"):
            code = getattr(errno, what)
            raise OSError(code, os.strerror(code), str(arguments[0]))
        result = original(*arguments, **options)
        if calls[0] == number and what == "kill after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(os, name, disturbed)


if __name__ == "__main__":
    serve()
