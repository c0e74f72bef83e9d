"""Builds the message `state`: what the page's controls show."""

from __future__ import annotations

from deltarule._common.formatting import format_number
from deltarule.data.table import spell
from deltarule.playground.digits import PixelEncoder
from deltarule.playground.frame_messages import output_range, true_text
from deltarule.playground.input_plane import (
    RESOLUTION,
    UNIT_RESOLUTION,
    Axis,
    InputPlane,
    axis_names,
)
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.protocol import state
from deltarule.playground.protocol.catalog import NamedEntry
from deltarule.playground.protocol.responses import RowCounts, StateResponse
from deltarule.playground.protocol.wire import Message, encode
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import to_fragment


def state_message(
    run: TrainingRun,
    plane: InputPlane,
    sample: state.ChosenSample | None,
    *,
    generation: int,
    edit: state.Edit | None,
    playing: bool,
    epochs_per_second: float | None,
) -> Message:
    """Return the state of a run."""
    prepared, plan = run.prepared, run.setup.plan
    return encode(
        StateResponse(
            generation=generation,
            experiment=run.experiment,
            edit=edit,
            fragment=to_fragment(run.experiment),
            playing=playing,
            epochs_per_second=epochs_per_second,
            task=prepared.task,
            score="accuracy" if plan.loss.classifies else "R²",
            loss=run.setup.loss_name,
            output_activation=plan.network.output_layer.activation.kind,
            classes=list(prepared.classes),
            target=prepared.target.name,
            inputs=[NamedEntry(name, name) for name in prepared.encoder.feature_names],
            layers=_layers(run),
            parameter_count=plan.network.parameter_count,
            steps_per_epoch=run.steps_per_epoch,
            rows=RowCounts(len(prepared.training), len(prepared.validation)),
            columns=[
                state.TableColumn(use.name, use.kind, use.chosen, use.usable, use.why)
                for use in prepared.uses
            ],
            view_columns=list(prepared.axes),
            view_axes=(
                list(axis_names(prepared, run.experiment.view)) if len(prepared.axes) > 1 else []
            ),
            input_plane=state.InputPlaneState(
                plane.kind, _axis(plane.x), _axis(plane.y), UNIT_RESOLUTION, RESOLUTION
            ),
            output_range=output_range(prepared),
            sample=sample,
            notes=list(prepared.notes),
            stopped=_stopped(run),
            interventions=list(run.interventions),
        )
    )


def chosen_sample(prepared: PreparedData, sample: int, index: int | None) -> state.ChosenSample:
    """Return a row of the data as the page shows it; `index`: its place among the points."""
    listed = () if isinstance(prepared.encoder, PixelEncoder) else prepared.encoder.columns
    values = [state.ColumnValue(name, _cell(prepared, name, sample)) for name in listed]
    row = int(prepared.numbers[sample])
    return state.ChosenSample(index, row, values, true_text(prepared, sample))


def _layers(run: TrainingRun) -> list[state.LayerState]:
    dropout = [*(layer.dropout for layer in run.experiment.network.layers), 0.0]
    return [
        state.LayerState(
            block.name, block.dense.units, block.dense.activation.kind, block.inputs, rate,
            (block.inputs + 1) * block.dense.units,
        )
        for block, rate in zip(run.setup.plan.network.blocks, dropout, strict=True)
    ]  # fmt: skip


def _axis(axis: Axis) -> state.AxisState:
    return state.AxisState(axis.label, axis.low, axis.high)


def _stopped(run: TrainingRun) -> state.StoppedState | None:
    stopped = run.stopped
    if stopped is None:
        return None
    return state.StoppedState(
        stopped.reason.name.lower(), stopped.text, stopped.epoch, stopped.step, stopped.layer,
        list(stopped.advice), stopped.kept_epoch,
    )  # fmt: skip


def _cell(prepared: PreparedData, name: str, row: int) -> str:
    column = prepared.table[name]
    if column.missing[row]:
        return "missing"
    if column.kind == "number":
        return format_number(float(column.values[row]), 6)
    if column.levels:
        return column.levels[int(column.values[row])]
    return spell(column.values[row], column.kind)
