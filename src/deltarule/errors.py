"""Every error that deltarule raises, in one tree.

    DeltaruleError
    ├── SettingError         ValueError    a setting breaks its rule (learning_rate=-1)
    ├── ShapeError           ValueError    arrays, layers or parameters do not fit each other
    ├── DataError            ValueError    the numbers or the table cannot be learned from
    │   └── ColumnError      LookupError   a column is missing, ambiguous or unusable
    ├── FileError            OSError       a file or folder cannot be read or written
    │   ├── TableFileError   ValueError    a file is not a readable table
    │   └── ModelFileError   ValueError    a model or checkpoint file is damaged, foreign or too new
    ├── EngineError          RuntimeError  an engine is missing or does not support a request
    ├── WorkerError          RuntimeError  workers of an executor or a cluster end, or cannot run a job
    └── MissingPackageError  ImportError   an optional package is not installed

Each is also a standard Python error, so that existing handlers catch it. A message says what is wrong,
where, and what to do. Errors carry their facts as attributes, so that the command line, Keras and
scikit-learn interfaces can name things their own way without parsing a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from itertools import islice
from numbers import Number
from typing import Any, Final

__all__ = [
    "ColumnError",
    "DataError",
    "DataWarning",
    "DeltaruleError",
    "EngineError",
    "FileError",
    "FileWarning",
    "MissingPackageError",
    "ModelFileError",
    "SettingError",
    "ShapeError",
    "TableFileError",
    "WorkerError",
    "WorkerWarning",
]

MAX_QUOTED = 60
"""Characters of a value that a message quotes."""
MAX_MESSAGE = 1000
"""Characters of a message; a longer one loses its middle."""


def shortened(value: object) -> str:
    """Return a value as Python prints it, or the beginning of that: how messages quote values."""
    if isinstance(value, Number) and hasattr(value, "item"):
        value = value.item()  # np.float64(0.5) reads 0.5
    try:
        text = repr(_beginning(value))
    except ValueError:  # Python does not print integers of more than 4,300 digits
        return "a number of thousands of digits"
    except RecursionError:
        return f"a {type(value).__name__} nested thousands of levels deep"
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 3]}..."


def shortened_name(name: str | None) -> str:
    """Return a name without quotation marks, or its beginning: how messages print names."""
    text = str(name)
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 3]}..."


def _beginning(value: Any) -> Any:
    """Return the part of a text, list or dict that can be printed in `MAX_QUOTED` characters."""
    if isinstance(value, str | bytes):
        return value[: MAX_QUOTED + 1]
    if type(value) in (list, tuple):
        return type(value)(_beginning(item) for item in value[:MAX_QUOTED])
    if type(value) is dict:
        items = islice(value.items(), MAX_QUOTED)
        return {_beginning(key): _beginning(inner) for key, inner in items}
    return value


class DeltaruleError(Exception):
    """Base class of every error that deltarule raises on purpose.

    Examples
    --------
    >>> import deltarule as dr
    >>> try:
    ...     dr.fit("no network", [[0.0], [1.0]], [0.0, 1.0])
    ... except dr.errors.DeltaruleError as error:
    ...     print(type(error).__name__)
    SettingError
    """

    def __str__(self) -> str:
        # OSError and LookupError would decorate the sentence.
        return without_middle(str(self.args[0])) if self.args else ""

    def render(self, name_of: Callable[[str], str]) -> str:
        """Return the message with the settings it refers to named by `name_of`.

        Parameters
        ----------
        name_of : callable
            Maps a setting's Python name to the text that stands for it, quotes included.

        Returns
        -------
        str
            One or more sentences.
        """
        return re.sub(r"`([^`]+)`", lambda match: name_of(match[1]), str(self))


def without_middle(message: str) -> str:
    """Return a message, without its middle if it quotes something very long."""
    if len(message) <= MAX_MESSAGE:
        return message
    return f"{message[: MAX_MESSAGE // 2]} … {message[-MAX_MESSAGE // 2 + 3 :]}"


class _Missing(Enum):
    MISSING = "missing"


_MISSING: Final = _Missing.MISSING


class SettingError(DeltaruleError, ValueError):
    """A setting breaks its rule.

    The parameters are also attributes. The message reads "`setting` rule, got value. Hint.", for example
    "`learning_rate` must be greater than 0, got -1. Typical: 1e-4 to 1e-1."

    Parameters
    ----------
    setting : str
        Name of the setting, as in Python: ``"learning_rate"``, ``"Adam.epsilon"``. Empty if the error is
        about no single setting; `rule` then holds the whole sentence (see `message`).
    rule : str
        What the setting must be, beginning with a verb and without a final period:
        ``"must be greater than 0"``. Other settings it refers to are in backticks.
    got : object, optional
        The rejected value.
    hint : str, default ""
        What to do, or typical values: whole sentences. Other settings are in backticks.

    Examples
    --------
    >>> from deltarule.errors import SettingError
    >>> error = SettingError("learning_rate", "must be greater than 0", -1, "Typical: 0.001.")
    >>> print(error)
    `learning_rate` must be greater than 0, got -1. Typical: 0.001.
    >>> print(error.render(lambda name: "--" + name.replace("_", "-")))
    --learning-rate must be greater than 0, got -1. Typical: 0.001.
    """

    def __init__(self, setting: str, rule: str, got: object = _MISSING, hint: str = "") -> None:
        super().__init__(setting, rule, got, hint)
        self.setting = setting
        self.rule = rule
        self.got = got
        self.hint = hint

    @classmethod
    def message(cls, sentence: str, hint: str = "") -> SettingError:
        """Return an error that is about no single setting.

        Parameters
        ----------
        sentence : str
            What is wrong and what to do, with its final period.
        hint : str, default ""
            A further sentence.

        Returns
        -------
        SettingError
            Its `setting` is empty.
        """
        return cls("", sentence.removesuffix("."), hint=hint)

    def __str__(self) -> str:
        comma = ";" if ", " in self.rule else ","
        got = "" if self.got is _MISSING else f"{comma} got {shortened(self.got)}"
        subject = f"`{self.setting}` " if self.setting else ""
        hint = f" {self.hint}" if self.hint else ""
        return without_middle(f"{subject}{self.rule}{got}.{hint}")


class ShapeError(DeltaruleError, ValueError):
    """Arrays, layers or parameters do not fit each other.

    Raised for inputs and targets of different lengths, for inputs with another number of columns than the
    network has, and for parameters of another network.

    Examples
    --------
    >>> import deltarule as dr
    >>> try:
    ...     dr.fit(dr.Network([dr.Dense(1)]), [[0.0], [1.0]], [0.0, 1.0, 2.0])
    ... except dr.errors.ShapeError as error:
    ...     print(error)
    X has 2 rows and y has 3: they must be the same.
    """


class DataError(DeltaruleError, ValueError):
    """The numbers or the table cannot be used for training or prediction.

    Raised for values that are not finite, a target that is constant, a table without rows, classes that
    the model does not know, and a failed SQL query.

    Examples
    --------
    >>> import deltarule as dr
    >>> try:
    ...     dr.train({"size": [1, 2, 3, 4], "price": [5, 5, 5, 5]}, "price", task="classification")
    ... except dr.errors.DataError as error:
    ...     print(type(error).__name__)
    DataError
    """


class DataWarning(UserWarning):
    """Some cells are not what they were in training, and are treated as missing.

    The estimators for tables warn in `predict`; `deltarule.table_model.Prediction` holds the same
    sentences as notes.

    Examples
    --------
    >>> import warnings
    >>> import deltarule as dr
    >>> import pandas as pd
    >>> X = pd.DataFrame({"size": ["1,5", "2,5", "3,5", "4,5"] * 5})
    >>> model = dr.TabularRegressor(folds=1, epochs=5, hidden=(4,)).fit(X, range(20))
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     predicted = model.predict(pd.DataFrame({"size": ["2,5", "large"]}))
    >>> print(str(caught[0].message).partition(" (")[0])
    1 of 2 values of column 'size' is not a number
    """


class ColumnError(DataError, LookupError):
    """A column is missing, ambiguous or unusable.

    Parameters
    ----------
    message : str
        The whole sentence.
    column : str, default ""
        Name of the column.
    table : str, default ""
        What the table is called: a path, or "the data frame".
    suggestion : str, optional
        An existing column with a similar name.

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> from deltarule.errors import ColumnError
    >>> try:
    ...     read_table({"size": [1, 2], "price": [3, 4]})["prize"]
    ... except ColumnError as error:
    ...     print(error.column, error.suggestion)
    prize price
    """

    def __init__(
        self, message: str, *, column: str = "", table: str = "", suggestion: str | None = None
    ) -> None:
        super().__init__(message)
        self.column = column
        self.table = table
        self.suggestion = suggestion


class FileError(DeltaruleError, OSError):
    """A file or folder cannot be read or written.

    Raised for missing files, missing folders, missing permissions and full disks. The message says what
    to do.

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> from deltarule.errors import FileError
    >>> try:
    ...     read_table("no-such-file.csv")
    ... except FileError as error:
    ...     print(error)
    There is no file no-such-file.csv: check the path and the folder you are in.
    """


class FileWarning(UserWarning):
    """A file could not be written during training, which continues, or not be read whole.

    The Keras callbacks `ModelCheckpoint` and `CSVLogger` warn so, and `keras.models.load_model` where the
    settings of compile need a class or a function that it does not have.
    """


class TableFileError(FileError, ValueError):
    """A file is not a readable table.

    Raised for files that are binary, empty, damaged, not in the given encoding, or whose rows do not have
    the same number of cells.

    Examples
    --------
    >>> import io
    >>> from deltarule.data import read_table
    >>> from deltarule.errors import TableFileError
    >>> try:
    ...     read_table(io.BytesIO(b"PK not a table"))
    ... except TableFileError as error:
    ...     print(type(error).__name__)
    TableFileError
    """


class ModelFileError(FileError, ValueError):
    """A model or checkpoint file is damaged, written by another program, or too new.

    Also raised for descriptions of networks, optimizers and so on (JSON) that are not valid.

    Examples
    --------
    >>> import deltarule as dr
    >>> try:
    ...     dr.Network.from_json({"layers": []})
    ... except dr.errors.ModelFileError as error:
    ...     print(type(error).__name__)
    ModelFileError
    """


class EngineError(DeltaruleError, RuntimeError):
    """An engine is missing or does not support a request.

    Raised for ``engine="native"`` if the compiled engine was not built, for ``engine="wasm"`` outside of
    Pyodide, for a forced instruction level that the processor does not have, and for a session that has
    ended.
    """


class WorkerError(DeltaruleError, RuntimeError):
    """Workers of an executor or a cluster ended, cannot be reached, or cannot run a job.

    Raised for a killed worker process, a cluster that is not there, and a worker without deltarule, of
    another version or without the shared folder. Jobs that are finished stay finished: `fit_many` or
    `fit_sharded` with the same `folder` runs the others.
    """


class WorkerWarning(UserWarning):
    """Workers computed with other instructions than this machine has, or a result was computed again."""


class MissingPackageError(DeltaruleError, ImportError):
    """An optional package is not installed.

    The message has the command that installs it, such as ``pip install 'deltarule[plots]'``.
    """
