"""History: fields as arrays, and CSV that other programs read."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from deltarule.history import EPOCH_RECORD, History, empty_records

RECORDS = np.array(
    [(1, 0.1, 0.5, math.nan, 0.6, math.nan, 0.01), (2, 0.05, 0.25, 0.9, 1 / 3, 0.8, 0.02)],
    EPOCH_RECORD,
)


def test_fields_are_attributes() -> None:
    history = History(RECORDS)
    assert len(history) == 2
    assert history.epoch.tolist() == [1, 2]
    assert history.learning_rate.tolist() == [0.1, 0.05]
    assert history.training_loss.tolist() == [0.5, 0.25]
    assert history.validation_loss.tolist() == [0.6, 1 / 3]
    assert history.training_score[1] == 0.9
    assert history.validation_score[1] == 0.8
    assert history["elapsed_s"].tolist() == [0.01, 0.02]


def test_csv_round_trips() -> None:
    rows = list(csv.DictReader(io.StringIO(History(RECORDS).to_csv())))
    assert tuple(rows[0]) == EPOCH_RECORD.names
    assert rows[0]["training_score"] == ""
    for row, record in zip(rows, RECORDS, strict=True):
        for name in EPOCH_RECORD.names or ():
            if not np.isnan(record[name]):
                assert float(row[name]) == record[name]


def test_no_epochs_are_only_a_header() -> None:
    assert History(empty_records()).to_csv() == ",".join(EPOCH_RECORD.names or ()) + "\n"
