"""Read a model from a file of either kind that holds models of a table."""

from __future__ import annotations

from os import PathLike

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError, shortened
from deltarule.formats.model_file import ModelFile, read_model
from deltarule.table_model.by_group.group_files import GroupFiles
from deltarule.table_model.by_group.grouped_model import FILE_KIND, GroupedModel
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_loading import model_of_file
from deltarule.table_model.model_saving import FILE_KIND as TABLE_KIND


def load(path: str | PathLike[str]) -> TableModel | GroupedModel:
    """Read a model of a table, or the models of its groups, from a file.

    The file is read as data; no code from it is run.

    Parameters
    ----------
    path : path
        A file that `TableModel.save`, `GroupedModel.save` or ``deltarule train`` wrote.

    Returns
    -------
    TableModel or GroupedModel
        The model; a `GroupedModel` if it was trained with `by`.

    Raises
    ------
    FileError
        If the file cannot be read.
    ModelFileError
        If the file does not hold a model of a table.

    Examples
    --------
    >>> import deltarule as dr
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> with TemporaryDirectory() as folder:
    ...     model.save(Path(folder) / "model.safetensors")
    ...     loaded = dr.load(Path(folder) / "model.safetensors")
    >>> loaded.target.classes
    ('high', 'low')
    """
    file = read_model(path, kind=None)
    if file.kind == FILE_KIND:
        return grouped_model_of_file(file)
    file.require(TABLE_KIND)
    return model_of_file(file)


def grouped_model_of_file(file: ModelFile) -> GroupedModel:
    """Return the models that the content of a file describes; raise `ModelFileError` otherwise.

    The model of all rows is read, and those of the groups when they are needed: thousands would take
    seconds.
    """
    path = file.path
    reader = StrictReader(file.description, path)
    by, about = reader.take("by", str), reader.take("about", dict)
    groups, columns = reader.list_of("groups", str), reader.list_of("columns", str)
    alike = reader.list_of("alike", str)
    reader.finish()
    for what, names in (("group", groups + alike), ("column", columns)):
        if len(set(names)) < len(names):
            raise ModelFileError(f"{path} names a {what} twice: train again.")
    files = GroupFiles.of_arrays(file.arrays, len(groups) + 1, path)
    all_rows = files.read(0, f"{path}: the model of all rows")
    schema = all_rows.schema
    unread = [name for name in (by, *columns) if name not in schema]
    if unread or by == all_rows.target.name or not set(all_rows.encoder.columns) <= set(columns):
        name = unread[0] if unread else by
        raise ModelFileError(
            f"{path} does not say how the column {shortened(name)} is read: train again."
        )
    return GroupedModel(by, tuple(groups), tuple(columns), all_rows, files, about, tuple(alike))


def columns_to_read(model: TableModel | GroupedModel) -> set[str]:
    """Return the names of the columns that predictions need."""
    if isinstance(model, GroupedModel):
        return {*model.columns, model.by}
    return set(model.encoder.columns)
