"""The texts of `--help`: for each command a description above its options and notes below them."""

from __future__ import annotations

SUMMARIES = {
    "train": "train a model on a table",
    "tune": "search for better settings, and train the model with them",
    "predict": "predict for the rows of a table",
    "evaluate": "score a model on a table with its target",
    "inspect": "describe a model file",
    "distill": "make a small model from a trained one",
    "export": "write a model as ONNX, C, or code for Keras or PyTorch, or for the Hugging Face Hub",
    "serve": "answer predictions over HTTP",
    "play": "watch a network train in the browser",
}
"""One line per command, in the order of the help."""

USAGES = {
    "train": "deltarule train [SOURCE ...] --target COLUMN [options]",
    "tune": "deltarule tune [SOURCE ...] --target COLUMN [options]",
    "predict": "deltarule predict MODEL [SOURCE ...] [options]",
    "evaluate": "deltarule evaluate MODEL [SOURCE ...] [options]",
    "inspect": "deltarule inspect MODEL [options]",
    "distill": "deltarule distill MODEL [SOURCE ...] --out FILE [options]",
    "export": "deltarule export MODEL --to FORMAT --out FILE [options]",
    "serve": "deltarule serve MODEL ... [options]",
    "play": "deltarule play [SOURCE ...] [options]",
}

PROGRAM = "Dense neural networks for tables: train, predict, report."

PROGRAM_NOTES = """\
examples:
  deltarule train iris.csv --target species
  deltarule tune iris.csv --target species --time-limit-s 60
  deltarule predict iris-model new_flowers.csv --out predictions.csv
  deltarule evaluate iris-model more_flowers.csv
  deltarule inspect iris-model
  deltarule distill iris-model iris.csv --out small.safetensors
  deltarule export iris-model --to onnx --out iris.onnx
  deltarule serve iris-model
  deltarule play iris.csv

deltarule COMMAND --help shows the options of a command.
"""

DESCRIPTIONS = {
    "train": """\
Train a model on a table and score it on test rows that are not used for training.

SOURCE is CSV, TSV, JSON lines, Parquet, Excel, SQLite, DuckDB or ARFF, also compressed: one path,
several, a folder, a quoted pattern, a http or https address, or - for standard input. Numbers,
categories, dates and missing values need no preparation.
""",
    "tune": """\
Search for the settings of a table's networks, and train a model with the best ones. Configurations around
the recipe of train are drawn at random; each trains for few epochs, the best go on, and the few best get
votes in the mean that the model predicts. The recipe itself is always one of them. The test rows have no
part in any choice.

SOURCE is a table, as for train. A setting that is given is not searched.
""",
    "predict": """\
Predict for the rows of a table. Columns are matched by name; other columns and the order of columns
are ignored. Classification adds one column of probabilities per class, regression one column per
value of --quantiles.
""",
    "evaluate": """\
Score a model on a table that has the target column: accuracy, F1, ROC AUC, log loss and the confusion
matrix, or R² and errors; versus always predicting the most frequent class or the mean of the training
rows. Rows without a target are skipped; classes that the model does not know are an error.
""",
    "inspect": """\
Describe a model file: what it predicts, its columns and their encoding, its network, how it was
trained, and its test scores. Nothing in the file is executed.
""",
    "distill": """\
Make a small model for microcontrollers and browsers: networks with few units are trained to predict what
the model predicts for the rows of SOURCE, best the table that the model was trained on, and for rows with
mixed cells. Sizes and scores of both models on test rows are printed.
""",
    "export": """\
Write a model in a format that runs without deltarule: the encoding of raw rows, the networks and the
calibration. Of a model that is not one of a table (a network, an estimator of scikit-learn's
or Keras's interface), the input is an array of numbers; only such models become code of Keras or
PyTorch, with a file of weights beside it. The format huggingface keeps the model file
and adds a model card, the columns and an example; nothing is sent anywhere.
""",
    "serve": """\
Answer predictions over HTTP: POST /predict takes rows as JSON objects, / shows a form to try a row, and
/openapi.json describes the rest, such as the Open Inference Protocol (/v2) and /metrics for Prometheus.

MODEL is a model file, an output folder of train, or NAME=PATH. The server answers this computer only,
unless --host is given.
""",
    "play": """\
Watch a network train in the browser (its decision boundary, units and learning curves) and change it
while it trains.

Without SOURCE the page shows classic toy datasets; any table can also be dropped on the page. The page
is served on this computer only, at an address with a new random key, until Ctrl-C.
""",
}

NOTES = {
    "train": """\
examples:
  deltarule train iris.csv --target species
  deltarule train houses.parquet --target price --hidden 128,64 --dropout 0.1 --out runs/houses
  deltarule train 'logs/2024-*.csv' --target failed --drop id,comment --time-limit-s 60
  deltarule train patients.csv --target sick --positive-class yes --threshold cost=5:1
  deltarule train --query "SELECT * FROM 'trips.parquet' WHERE fare > 0" --target tip
  zcat big.csv.gz | deltarule train - --target y --json

output:
  The output folder gets model.safetensors, report.html and history.csv. It is created if needed. Files
  of an earlier run are replaced only when the new ones are complete; with --no-report an old report.html
  is removed, as it would describe another model.
  During training checkpoint.safetensors is saved there every 30 seconds and removed once the model is
  written. After a crash, repeat the command with --resume: it continues from the checkpoint and gives
  bit-identical results. Runs with a time limit save no checkpoint, as their result depends on the
  available time.
  One run at a time writes to a folder; another one is refused. If the folder cannot take the model at
  the end (it is gone, read-only, or its disk is full), the model is written to a new folder in the
  current folder, your home folder or the system's temporary folder, and the error names the place.
  With --cluster finished networks are kept in the folder jobs instead, until the model is written; after
  an interrupt, repeat the command, and only the others are trained. With --shards it is the last average.

report:
  report.html is one file that needs no network. It lists the test rows with the largest errors, unless
  --no-rows is given. Its model card (intended use, limits, contact) can be filled in in the browser, or
  from a Markdown file with --card: "## Intended use" and the text below it, and so on.

scores:
  --test FILE scores the model on rows of your own; all rows of SOURCE are then trained on. The test
  scores are compared with a linear model and a constant, and with the scores of each fold network on the
  training rows that it was not trained on.
  --threshold f1 (or balanced_accuracy) chooses the probability from which on the positive class is
  predicted, by its score on these rows; cost=5:1 by the lowest cost, if a missed positive row costs 5
  and a false alarm 1. The model keeps it for predict; probabilities stay the same.

Settings with the default auto depend on the task and the size of the table; the report lists the values
that were chosen.

Ctrl-C (SIGTERM, SIGHUP) stops training, saves the best weights so far as the model, writes the report
and keeps a checkpoint for --resume. Press Ctrl-C again to quit immediately.

exit status:
  0         the model is written (also if training diverged after the first epoch)
  2         an error, reported on one line; no file is changed (also if the first epoch diverged)
  130, 143  stopped by Ctrl-C or SIGTERM (129: SIGHUP); the model is written if training had started
  1         a bug in deltarule

--json prints one JSON object per line on standard output: {"event": "read" | "note" | "warning" |
"epoch" | "result" | "error", ...}. An error has "message" and "exit_status" and is the last line.
""",
    "tune": """\
examples:
  deltarule tune iris.csv --target species
  deltarule tune houses.parquet --target price --time-limit-s 600
  deltarule tune patients.csv --target sick --trials 200 --out runs/patients
  deltarule tune patients.csv --target sick --trials 200 --out runs/patients --resume

time:
  64 trials take about seven to thirteen times as long as train, more for tables with few rows. With
  --time-limit-s as many trials are made as fit into it; the result then depends on the speed of the
  machine. Without it, the same seed gives bit-identical results for any number of threads. A limit that
  is too short for the default configuration is refused.

output:
  The output folder gets model.safetensors, report.html and history.csv, as by train. During the search
  trials.jsonl and the paused networks (trial-*.safetensors) are kept there and removed at the end. After
  Ctrl-C or a crash, repeat the command with --resume: trials that were finished are not trained again.
  A model of several configurations has as many times more networks, and takes as many times longer to
  predict.

scores:
  Configurations are compared on out-of-fold rows. The losses of default and tuned model are those of
  rows that had no part in the votes; the test scores are of rows that had no part in any choice.

exit status:
  0         the model is written
  2         an error, reported on one line; no file is changed
  130, 143  stopped by Ctrl-C or SIGTERM (129: SIGHUP); no model is written, the trials are kept
  1         a bug in deltarule

--json prints one JSON object per line on standard output: {"event": "read" | "note" | "warning" |
"trial" | "result" | "error", ...}.
""",
    "predict": """\
examples:
  deltarule predict iris-model new_flowers.csv
  deltarule predict iris-model new_flowers.csv --out predictions.parquet
  cat new_flowers.csv | deltarule predict iris-model/model.safetensors - --json
  deltarule predict houses-model new_houses.csv --quantiles 0.05,0.5,0.95

Without --out, predictions are printed on standard output as CSV, or with --json as one object per row.
CSV holds 9 significant digits, Parquet the full precision. Labels have the type of the target in Parquet
and JSON. A warning says how many values do not fit, are unseen categories or are outside the range of the
training rows, and which columns are distributed differently than in training.

exit status: 0; 2 for an error, reported on one line.
""",
    "evaluate": """\
examples:
  deltarule evaluate iris-model more_flowers.csv
  deltarule evaluate houses-model sold_in_2024.parquet --json

exit status: 0; 2 for an error, reported on one line.
""",
    "inspect": """\
examples:
  deltarule inspect iris-model
  deltarule inspect iris-model/model.safetensors --json

exit status: 0; 2 for an error, reported on one line.
""",
    "distill": """\
examples:
  deltarule distill iris-model iris.csv --out small.safetensors
  deltarule distill houses-model houses.parquet --hidden 16 --out tiny.safetensors
  deltarule distill houses-model new_houses.parquet --test sold_in_2024.parquet --out small.safetensors
  deltarule export small.safetensors --to c --out small.c

The small model is a model like any other: predict, evaluate, inspect, export and serve take it. The
default of one network with two layers of 32 units is usually about as good as the eight networks of
train; --hidden 16 needs less than half the memory.

Test rows are split off SOURCE as in the training of the model. If SOURCE is its training table, they are
the rows that training tested on, which neither model has learned from; a note says if it is another
table. A model that was trained with --test FILE needs the same --test FILE here.

exit status: 0; 2 for an error, reported on one line; no file is then changed.
""",
    "export": """\
examples:
  deltarule export iris-model --to onnx --out iris.onnx
  deltarule export houses-model --to onnx --out houses.onnx --quantiles 0.05,0.5,0.95
  deltarule export iris-model --to c --out iris.c
  deltarule export digits.safetensors --to torch --out digits.py
  deltarule export iris-model --to huggingface --out iris --license mit --card card.md

Inputs have the names of the columns. A missing number is NaN, a missing text is "". Texts are compared
with the categories as they are written, without the spaces around them.

exit status: 0; 2 for an error, reported on one line; no file is then changed.
""",
    "serve": """\
examples:
  deltarule serve iris-model
  deltarule serve houses=runs/houses/model.safetensors iris-model --port 8080 --workers 2
  DELTARULE_TOKEN=$(cat secret.txt) deltarule serve iris-model --host 0.0.0.0

  curl http://127.0.0.1:8000/predict -d '[{"sepal_length": 5.1, "sepal_width": 3.5,
    "petal_length": 1.4, "petal_width": null}]'
  curl http://127.0.0.1:8000/predict -d '{"rows": [{...}], "quantiles": [0.05, 0.95]}'

A model is called like its folder, or like its file if that is not model.safetensors. Several models
answer at /models/NAME/predict. A changed file is loaded within a second, or on SIGHUP; if it is refused,
the old model keeps answering.

Other users of this computer can list the words of a command, so that the variable DELTARULE_TOKEN is
the better place of a token. Requests send it as "Authorization: Bearer TOKEN"; a browser opens
/?token=TOKEN. The connection is not encrypted: outside a trusted network, put a proxy with TLS in front.

exit status: 0 after Ctrl-C or SIGTERM; 2 for an error, reported on one line.
""",
    "play": """\
examples:
  deltarule play
  deltarule play iris.csv --target species
  deltarule play houses.parquet --no-browser --port 8642

exit status: 0 after Ctrl-C; 143 after SIGTERM; 2 for an error, reported on one line.
""",
}
