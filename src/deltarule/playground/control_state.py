"""The message `state`: what the page's controls show."""

from __future__ import annotations

from typing import Any

from deltarule.data.table import spell
from deltarule.playground.frame_messages import output_range, true_text
from deltarule.playground.input_plane import RESOLUTION, UNIT_RESOLUTION, Axis, InputPlane
from deltarule.playground.messages import Json, Message, message
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import to_fragment


def state_message(
    run: TrainingRun, plane: InputPlane, sample: int | None, index: int | None, **content: Any
) -> Message:
    """Return the state of a run; `sample`: the chosen row, `index`: its place among the points."""
    prepared, plan = run.prepared, run.setup.plan
    stopped = run.stopped
    return message(
        "state",
        experiment=run.experiment.to_json(),
        fragment=to_fragment(run.experiment),
        task=prepared.task,
        loss=run.setup.loss_name,
        output_activation=plan.network.output_layer.activation.kind,
        score="accuracy" if plan.loss.classifies else "R²",
        classes=list(prepared.classes),
        target=prepared.target.name,
        inputs=[{"name": name, "label": name} for name in prepared.encoder.feature_names],
        layers=[
            {
                "name": block.name,
                "units": block.dense.units,
                "activation": block.dense.activation.kind,
                "inputs": block.inputs,
                "dropout": block.dropout_rate,
                "parameters": (block.inputs + 1) * block.dense.units,
            }
            for block in plan.network.blocks
        ],
        parameter_count=plan.network.parameter_count,
        steps_per_epoch=run.steps_per_epoch,
        rows={"training": len(prepared.training), "validation": len(prepared.validation)},
        columns=[
            {"name": u.name, "kind": u.kind, "chosen": u.chosen, "usable": u.usable, "why": u.why}
            for u in prepared.uses
        ],
        view_columns=list(prepared.axes),
        input_plane={
            "kind": plane.kind,
            "x": _axis(plane.x),
            "y": _axis(plane.y),
            "unit_resolution": UNIT_RESOLUTION,
            "resolution": RESOLUTION,
        },
        output_range=list(output_range(prepared)),
        sample=None if sample is None else _sample(run, sample, index),
        notes=list(prepared.notes),
        stopped=None
        if stopped is None
        else {
            "reason": stopped.reason.name.lower(),
            "text": stopped.text,
            "epoch": stopped.epoch,
            "step": stopped.step,
            "layer": stopped.layer,
            "advice": list(stopped.advice),
        },
        interventions=list(run.interventions),
        **content,
    )


def _axis(axis: Axis) -> Json:
    return {"label": axis.label, "low": axis.low, "high": axis.high}


def _sample(run: TrainingRun, sample: int, index: int | None) -> Json:
    prepared = run.prepared
    return {
        "index": index,
        "row": int(prepared.numbers[sample]),
        "values": [
            {"name": name, "text": _cell(prepared, name, sample)}
            for name in prepared.encoder.columns
        ],
        "target": true_text(prepared, sample),
    }


def _cell(prepared: PreparedData, name: str, row: int) -> str:
    column = prepared.table[name]
    if column.missing[row]:
        return "missing"
    if column.kind == "number":
        return f"{float(column.values[row]):.6g}"
    if column.kind == "text":
        return column.levels[column.values[row]]
    return spell(column.values[row], column.kind)
