"""The report: its numbers are correct, data is escaped, and nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from faces.conftest import ENGINE

import deltarule
from deltarule._common.formatting import format_percent
from deltarule.drawing.svg import element
from deltarule.errors import FileError
from deltarule.history import EPOCH_RECORD, History
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.report import render_report, write_report
from deltarule.report.confusion_matrix import class_table, fewer_classes
from deltarule.report.learning_curves import loss_chart
from deltarule.report.network_drawing import largest_weights, network_drawing
from deltarule.report.png import png_bytes
from deltarule.report.regression_charts import prediction_chart, residual_chart
from deltarule.report.report_text import settings_table
from deltarule.report.ticks import nice_ticks
from deltarule.table_model import TableResult

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"
SCRIPT = "<script>alert(1)</script>"
BREAKER = "\"><img src=x onerror='alert(2)'>"
TURNER = "🦊 日本語 \u202egnp.exe"
LONG = "L" * 5000
KNOWN_TAGS = set(
    re.findall(
        r"\w+",
        """html head meta title style body a header p span h1 h2 h3 bdi nav main section dl div dt dd
        ul li figure svg desc g path text circle rect image details summary table caption thead
        tbody tr th td pre code i""",
    )
)


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, and the text in each kind."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def all_text(self) -> str:
        pieces = [text for tag, texts in self.texts.items() if tag != "style" for text in texts]
        return " ".join(" ".join(pieces).split())


@pytest.fixture(scope="module")
def iris() -> TableResult:
    return deltarule.train(IRIS, "species", epochs=30, hidden=(12,), folds=2, engine=ENGINE)


@pytest.fixture(scope="module")
def evil() -> TableResult:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 200))
    names = np.array([SCRIPT, BREAKER, TURNER, LONG], dtype=object)
    table = {
        SCRIPT: a,
        BREAKER: b,
        "</style>&amp;{{ 7 * 7 }}": np.array(["<i>", TURNER, "🦊" * 40], object)[
            random.integers(0, 3, 200)
        ],
        LONG: random.normal(size=200),
        "</title></desc></svg>": random.normal(size=200),
        "t' onload='x": names[(a > 0) * 2 + (b > 0)],
    }
    return deltarule.train(table, "t' onload='x", epochs=5, hidden=(6,), engine=ENGINE)


@pytest.fixture(scope="module")
def slope() -> TableResult:
    random = np.random.default_rng(1)
    x, z = random.normal(size=(2, 300))
    table = {"x": x, "z": z, "y": 3 * x - z + random.normal(size=300) * 0.1}
    return deltarule.train(
        table, "y", epochs=60, learning_rate=0.01, hidden=(12,), folds=2, engine=ENGINE
    )


def test_the_headline_reports_the_accuracy_of_the_test_rows(iris: TableResult) -> None:
    species = [line.rsplit(",", 1)[1] for line in IRIS.read_text().splitlines()[1:]]
    truth = [species[row] for row in iris.split.test.tolist()]
    right = sum(said == was for said, was in zip(iris.test_prediction.values, truth, strict=True))
    text = Page(render_report(iris)).all_text()
    assert f"{right} of {len(truth)} test rows are classified correctly" in text
    baseline = truth.count(max(set(species), key=species.count)) / 30 * 100
    assert f"versus {baseline:.1f}% for always predicting" in text
    assert iris.explanation in text


def test_a_regression_shows_its_r2_and_both_charts(slope: TableResult) -> None:
    y = slope.table["y"].values[slope.split.test]
    residual = slope.test_prediction.values - y
    r2 = 1 - residual.var() / y.var() - residual.mean() ** 2 / y.var()
    page = Page(render_report(slope))
    assert f"{r2:.3g}" in page.texts["dd"]
    assert r2 > 0.9
    titles = page.texts["title"]
    assert {"Predicted versus actual", "Residuals", "The trained network"} <= set(titles)
    assert "x and z" in titles or "z and x" in titles


@pytest.mark.parametrize("name", ["iris", "evil", "slope"])
def test_no_resource_is_loaded_and_no_script_runs(
    name: str, request: pytest.FixtureRequest
) -> None:
    html = render_report(request.getfixturevalue(name), command="deltarule train <x> --seed '1'")
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= KNOWN_TAGS
    for _, attributes in page.elements:
        assert not any(key.startswith("on") or key in ("src", "style") for key in attributes)
        address = attributes.get("href") or "#"
        assert address.startswith(("#", "data:image/png;base64,"))
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    digest = hashlib.sha256("".join(page.texts["style"]).encode()).digest()
    expected = f"style-src 'sha256-{base64.b64encode(digest).decode()}'"
    assert policy is not None
    assert expected in policy
    assert "default-src 'none'" in policy
    assert "@import" not in html
    assert "url(" not in html
    assert "deltarule train <x> --seed '1'" in page.all_text()


def test_names_from_data_are_escaped(evil: TableResult) -> None:
    html = render_report(evil)
    page = Page(html)
    heads = page.texts["th"]
    assert SCRIPT in heads
    assert BREAKER in heads
    assert "</style>&amp;{{ 7 * 7 }}" in heads
    assert "</title></desc></svg>" in heads
    assert "Predicting t' onload='x · deltarule" in page.texts["title"]
    assert "\u202e" not in html  # would turn the direction of the line around it
    assert LONG[:400] not in html


def test_every_drawing_has_a_title_and_a_description(iris: TableResult) -> None:
    page = Page(render_report(iris))
    identifiers = [a["id"] for _, a in page.elements if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    drawings = [a for tag, a in page.elements if tag == "svg"]
    # Loss, accuracy, confusion, ROC, precision-recall, surface, network, calibration, importance; four
    # dependence charts; the distributions of the target and four columns.
    assert len(drawings) == 18
    for attributes in drawings:
        assert attributes["aria-labelledby"] in identifiers
        assert attributes["aria-describedby"] in identifiers
    targets = [a["href"] for tag, a in page.elements if tag == "a"]
    assert all(target is not None and target[1:] in identifiers for target in targets)


def test_the_surface_of_one_numerical_column_is_replaced_by_a_sentence() -> None:
    x = np.random.default_rng(0).normal(size=60)
    table = {"x": x, "color": np.where(x > 1, "red", "blue"), "y": x > 0}
    run = deltarule.train(table, "y", epochs=2, hidden=(), engine=ENGINE)
    text = Page(render_report(run)).all_text()
    assert "Not drawn: this requires two numerical columns, and the model uses one." in text


def test_the_surface_of_a_too_wide_range_is_replaced_by_a_sentence() -> None:
    x, z = np.random.default_rng(0).uniform(-1, 1, (2, 60)).round(1)
    table = {"x": x * 1.7e308, "z": z, "y": np.where(np.arange(60) % 2, "a", "b")}
    run = deltarule.train(table, "y", epochs=2, hidden=(), engine=ENGINE)
    assert "span too wide a range" in Page(render_report(run)).all_text()


def test_reports_of_the_same_run_are_identical(iris: TableResult, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    write_report(iris, path, created=noon)
    html = path.read_text(encoding="utf-8")
    assert html == render_report(iris, created=noon)
    assert len(html) < 500_000
    later = render_report(iris, created=noon + timedelta(days=1))
    differing = [
        (a, b) for a, b in zip(html.splitlines(), later.splitlines(), strict=True) if a != b
    ]
    assert len(differing) == 1
    assert "2026-05-04 12:00 UTC" in differing[0][0]
    assert "2026-05-05 12:00 UTC" in differing[0][1]


def test_a_report_in_a_missing_folder_raises_an_error(iris: TableResult, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        write_report(iris, tmp_path / "nowhere" / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_report_does_not_import_jinja2() -> None:
    code = (
        "import sys, deltarule.report; print('jinja2' in sys.modules, 'matplotlib' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["False", "False"]


def test_text_becomes_markup_only_through_element() -> None:
    inner = element("b", "<&>")
    assert element("p", inner, "<i>") == "<p><b>&lt;&amp;&gt;</b>&lt;i&gt;</p>"
    assert (
        element("p", inner + "<i>")
        == "<p>&lt;b&gt;&amp;lt;&amp;amp;&amp;gt;&lt;/b&gt;&lt;i&gt;</p>"
    )
    assert element("p", data_x="\"'<") == '<p data-x="&quot;&#x27;&lt;"></p>'


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3.0, 7.0, [-2, 0, 2, 4, 6]),
        (0.0, 30.0, [0, 5, 10, 15, 20, 25, 30]),
        (1e6, 6e6, [1e6, 2e6, 3e6, 4e6, 5e6, 6e6]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_a_share_below_one_is_never_shown_as_100_percent() -> None:
    assert format_percent(1.0) == "100%"
    assert format_percent(0.99999) == "99.999%"


def test_a_png_decodes_to_its_pixels() -> None:
    """Decoded by the rules of the format: signature, CRCs, filter 0 lines (ISO/IEC 15948)."""
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    data, chunks, at = png_bytes(pixels), {}, 8
    assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(body)
        chunks[body[:4]] = body[4:]
        at += 12 + length
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (3, 2, 8, 6, 0, 0, 0)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(2, 13)
    assert (lines[:, 0] == 0).all()
    assert (lines[:, 1:].reshape(2, 3, 4) == pixels).all()


def test_line_width_and_dash_of_the_network_show_the_weights() -> None:
    network = Network([Dense(2, "tanh"), Dense(1)], inputs=2)
    parameters = Parameters(
        (np.array([[4.0, -1.0], [0.5, 2.0]]), np.array([[1.0], [-3.0]])),
        (np.array([0.25, -0.75]), np.array([0.0])),
    )
    page = Page(f"{network_drawing(network, parameters, ['a', 'b'], ['y'])}")
    *links, positive, negative = [a for tag, a in page.elements if tag == "path"]
    assert (positive["class"], negative["class"]) == ("positive", "negative")  # the legend
    assert sorted(a["class"] or "" for a in links) == ["negative"] * 2 + ["positive"] * 4
    assert len([1 for tag, _ in page.elements if tag == "circle"]) == 5 + 1
    tooltips = page.texts["title"]
    assert "a to dense_1 unit 1: +4" in tooltips
    assert "dense_1 unit 2 to y: −3" in tooltips
    widths = dict(zip([t for t in tooltips if " to " in t], links, strict=True))
    assert widths["a to dense_1 unit 1: +4"]["stroke-width"] == "4.5"  # the largest of its layer
    assert widths["a to dense_1 unit 2: −1"]["stroke-width"] == "1.5"  # a quarter: 0.5 + 4 / 4
    assert {"+0.25", "−0.75"} <= set(page.texts["text"])
    best = largest_weights(network, parameters, ["a", "b"], ["y"], count=2)
    assert [(link.source, link.weight) for link in best] == [("a", 4.0), ("dense_1 unit 2", -3.0)]


def test_large_layers_show_the_number_of_hidden_units() -> None:
    network = Network([Dense(100, bias=False), Dense(40)], inputs=30)
    parameters = Parameters((np.ones((30, 100)), np.ones((100, 40))), (None, np.zeros(40)))
    names = [f"f{i}" for i in range(30)]
    page = Page(f"{network_drawing(network, parameters, names, [f'c{i}' for i in range(40)])}")
    assert {"16 more", "90 more", "26 more"} <= set(page.texts["text"])
    assert len([1 for tag, _ in page.elements if tag == "circle"]) == 14 + 10 + 14 + 1


def test_rare_classes_are_merged_without_losing_rows() -> None:
    confusion = np.random.default_rng(0).integers(0, 9, (100, 100))
    confusion[7] += 1000  # the most frequent class stays itself
    small, names = fewer_classes(confusion, [f"k{i}" for i in range(100)], most=28)
    assert small.shape == (28, 28)
    assert small.sum() == confusion.sum()
    assert "k7" in names
    assert names[-1] == "73 other classes"


def test_recall_and_precision_by_class() -> None:
    rows = class_table(np.array([[3, 1], [0, 4]]), ["a", "b"])
    assert rows == [
        ["a", "4", "75%", "100%", "b (1)"],
        ["b", "4", "100%", "80%", "–"],
    ]


@pytest.mark.parametrize("losses", [[0.5], [1.0, np.nan, 3.0], [np.inf, 2.0], [1e-9, 1e300]])
def test_curves_of_any_history_have_finite_paths(losses: list[float]) -> None:
    records = np.zeros(len(losses), EPOCH_RECORD)
    records["epoch"] = np.arange(len(losses)) + 1
    records["training_loss"] = losses
    records["validation_loss"] = np.nan
    page = Page(f"{loss_chart(History(records), kept_epoch=len(losses))}")
    for _, attributes in page.elements:
        for value in attributes.values():
            assert value is None or not re.search("nan|inf", value)
    assert f"kept: the last, {len(losses)}" in page.texts["text"]


def test_a_diverged_run_is_reported_without_an_empty_chart() -> None:
    run = deltarule.train(
        IRIS, "species", optimizer="gradient_descent", learning_rate=1e9, engine=ENGINE
    )
    text = Page(render_report(run)).all_text()
    assert run.training.kept_epoch == 0
    assert "the scores of the initial weights" in text
    assert "Try a smaller learning rate" in text
    assert "Loss by epoch" not in text


def test_regression_charts_with_extreme_values() -> None:
    truth = np.array([-1e308, 0.0, 1e308])
    for predicted in (truth, np.array([np.nan, 1e308, np.inf]), np.zeros(3)):
        for chart in (prediction_chart, residual_chart):
            page = Page(f"{chart(predicted, truth, 'y')}")
            paths = [a["d"] or "" for tag, a in page.elements if tag == "path"]
            assert not any(re.search("nan|inf", path) for path in paths)


def test_at_most_two_thousand_points_are_drawn() -> None:
    values = np.linspace(0, 1, 50_000)
    page = Page(f"{prediction_chart(values, values, 'y')}")
    assert sum((a.get("d") or "").count("h0") for _, a in page.elements) == 2000


def test_names_on_the_surface_do_not_cover_each_other() -> None:
    """Narrow bands side by side: the names that have no room are the legend's alone."""
    random = np.random.default_rng(2)
    x, z = random.uniform(0, 1, (2, 300))
    run = deltarule.train({"x": x, "z": z, "y": 7_000 * x}, "y", epochs=20, hidden=(16,), folds=2)
    html = render_report(run)
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*class="region"[^>]*>([^<]+)<', html)
    assert len(found) >= 2
    boxes = [(float(x), float(y), 3.0 * len(name)) for x, y, name in found]
    for (x, y, half), (u, v, other) in itertools.combinations(boxes, 2):
        assert abs(x - u) >= half + other or abs(y - v) >= 10


def test_the_settings_say_who_chose_them(slope: TableResult) -> None:
    table = {row.name: (row.value, row.source) for row in settings_table(slope)}
    assert table["epochs"] == ("60", "user")
    assert table["learning_rate"] == ("0.01", "user")
    assert table["task"] == ("regression (inferred)", "recipe")
    assert table["activation"] == (slope.recipe.activation, "recipe")
    assert table["optimizer"] == (slope.recipe.optimizer.kind, "recipe")
    assert table["batch_size"] == (str(slope.recipe.batch_size), "recipe")
    assert table["validation_fraction"] == ("none", "recipe")  # two folds validate on each other
    assert table["test_fraction"] == ("0.2", "default")
    assert table["class_weight"] == ("none", "default")
