"""Every error that deltarule raises, in one tree.

    DeltaruleError
    ├── SettingError         ValueError    a setting breaks its rule (learning_rate=-1)
    ├── ShapeError           ValueError    arrays, layers or parameters do not fit each other
    ├── DataError            ValueError    the numbers or the table cannot be learned from
    │   └── ColumnError      LookupError   a column is missing, ambiguous or unusable
    ├── FileError            OSError       a file or folder cannot be read or written
    │   ├── TableFileError   ValueError    a table's file is not what it should be
    │   └── ModelFileError   ValueError    a model or checkpoint file is damaged, foreign or too new
    ├── EngineError          RuntimeError  an engine is missing or cannot do what is asked
    └── MissingPackageError  ImportError   an optional package is not installed

Each is also a usual Python error, so that usual handlers catch it. A message is one sentence or two:
whose parameter, the rule, what came, the next step. The command line prints it and exits with 2.
"""

__all__ = [
    "ColumnError",
    "DataError",
    "DeltaruleError",
    "EngineError",
    "FileError",
    "MissingPackageError",
    "ModelFileError",
    "SettingError",
    "ShapeError",
    "TableFileError",
]


class DeltaruleError(Exception):
    """Base class of every error that deltarule raises on purpose."""

    def __str__(self) -> str:
        # OSError and LookupError would decorate the sentence; people read it as it was written.
        return str(self.args[0]) if self.args else ""


class SettingError(DeltaruleError, ValueError):
    """A setting breaks its rule."""


class ShapeError(DeltaruleError, ValueError):
    """Arrays, layers or parameters do not fit each other."""


class DataError(DeltaruleError, ValueError):
    """The numbers or the table cannot be learned from."""


class ColumnError(DataError, LookupError):
    """A column is missing, ambiguous or unusable."""


class FileError(DeltaruleError, OSError):
    """A file or folder cannot be read or written."""


class TableFileError(FileError, ValueError):
    """A table's file is not what it should be."""


class ModelFileError(FileError, ValueError):
    """A model or checkpoint file is damaged, foreign or too new."""


class EngineError(DeltaruleError, RuntimeError):
    """An engine is missing or cannot do what is asked."""


class MissingPackageError(DeltaruleError, ImportError):
    """An optional package is not installed."""
