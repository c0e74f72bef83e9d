"""Chapter 13: losses of two weights by hand, their curvatures in closed form, slices, and valleys."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.figures.landscape_slice import landscape_slice, trained_path
from deltarule.course.figures.two_weight_landscape import (
    LANDSCAPES,
    W_1,
    W_2,
    heights,
    landscape_grid,
    landscape_loss,
)
from deltarule.course.figures.valley_width import valley_loss
from deltarule.course.relief import HEIGHT, WIDTH, Relief
from deltarule.insight import make_circles, make_two_clusters

INPUTS = np.array([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5])


def loss_by_hand(name, w_1, w_2):
    if name == "tanh":
        return np.mean((w_2 * np.tanh(w_1 * INPUTS) - 1.5 * np.tanh(1.2 * INPUTS)) ** 2)
    if name == "relu":
        target = np.where(INPUTS > 0, 1.2 * INPUTS, -0.5 * INPUTS)
        return np.mean((w_2 * np.maximum(w_1 * INPUTS, 0) - target) ** 2)
    X, y = make_two_clusters(40, 1.2, seed=5)
    p = 1 / (1 + np.exp(-3 * X @ [w_1, w_2]))
    if name == "squared":
        return np.mean((p - y) ** 2)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_landscape_and_a_step_by_hand(name):
    grid = landscape_grid(name)
    first, second = np.linspace(*W_1, grid.shape[1]), np.linspace(*W_2, grid.shape[0])
    for i, j in ((0, 0), (20, 20), (7, 33), (40, 1)):
        assert grid[i, j] == pytest.approx(loss_by_hand(name, first[j], second[i]))
    shown = figure("two-weight-landscape")
    shown.set("network", name)
    chosen = LANDSCAPES[name]
    assert tuple(shown.points[0]) == chosen.start
    w_1, w_2 = chosen.start
    h = 1e-4
    gradient = [
        (loss_by_hand(name, w_1 + h, w_2) - loss_by_hand(name, w_1 - h, w_2)) / (2 * h),
        (loss_by_hand(name, w_1, w_2 + h) - loss_by_hand(name, w_1, w_2 - h)) / (2 * h),
    ]
    shown.step()
    rate = 10**chosen.rate
    assert shown.points[1] == pytest.approx(np.array(chosen.start) - rate * np.array(gradient))
    while shown.step():
        pass
    assert len(shown.points) == 201
    assert not shown.is_outside


def test_the_origin_is_a_saddle_point_that_training_does_not_leave():
    shown = figure("two-weight-landscape", w_1=0, w_2=0)
    # ∂²J/∂w₁∂w₂ = −2 mean(x y), and 0 on the diagonal.
    bend = 2 * np.mean(INPUTS * 1.5 * np.tanh(1.2 * INPUTS))
    assert shown.curvatures == pytest.approx([-bend, bend], rel=1e-6)
    assert shown.place == "a saddle point"
    while shown.step():
        pass
    assert (np.array(shown.points) == 0).all()


def test_training_ends_in_the_valley_where_it_starts():
    left = figure("two-weight-landscape", network="relu", rate=-1.2, w_1=-2.2, w_2=2.0)
    right = figure("two-weight-landscape", network="relu", rate=-1.2, w_1=2.2, w_2=2.0)
    # A valley fits one sign of x, and errs by all of y on the other: mean y² of that side.
    side = (0.5**2 + 1 + 1.5**2) / 6
    for shown, kept, place in ((left, 1.2**2, "a local minimum"), (right, 0.5**2, "lowest place")):
        while shown.step():
            pass
        values = landscape_loss("relu")
        assert values.loss(shown.points[-1]) == pytest.approx(kept * side, abs=2e-3)
        assert place in shown.sentence()
    tanh = figure("two-weight-landscape")
    while tanh.step():
        pass
    assert np.abs(tanh.points[-1]) == pytest.approx([1.2, 1.5], abs=0.02)


def test_squared_error_has_a_plateau_where_cross_entropy_has_a_slope():
    place = np.array([-2.4, -1.8])
    sizes = {n: np.linalg.norm(landscape_loss(n).gradient(place)) for n in ("squared", "entropy")}
    assert sizes["entropy"] > 10 * sizes["squared"]
    far = figure("two-weight-landscape", network="squared", w_1=-3, w_2=-2.4)
    assert far.place == "a plateau"


def test_a_step_that_is_too_long_leaves_the_map():
    shown = figure("two-weight-landscape", rate=0.5)
    while shown.step():
        pass
    assert shown.is_outside
    assert "left the map" in shown.sentence()
    assert "circle" in shown.picture()


def test_heights_grow_with_the_loss_from_0_to_1():
    grid = landscape_grid("relu")
    found = heights(grid)
    assert found.min() == 0
    assert found.max() == pytest.approx(1)
    order = np.argsort(grid, axis=None)
    assert (np.diff(found.ravel()[order]) >= 0).all()
    assert heights(grid, grid[3]) == pytest.approx(found[3])
    assert (heights(np.full((3, 3), 0.7)) == 0).all()


def test_every_slice_can_be_drawn():
    # Weights of ReLU units that are never active do not change the loss.
    flat = 0
    for activation in ("tanh", "relu"):
        for kind in ("random", "weights"):
            for seed in range(10):
                shown = figure("landscape-slice", activation=activation, kind=kind, seed=seed)
                assert "nan" not in shown.picture()
                flat += int(np.ptp(shown.slice.surface.losses) == 0)
    assert flat >= 1


@pytest.mark.parametrize("angle", [0, 30, 90, -150, 180])
def test_hills_hide_what_is_behind_them(angle):
    # A ridge across the middle, perpendicular to the view, on flat ground.
    turn = np.radians(angle)
    u, v = np.meshgrid(np.linspace(-1, 1, 61), np.linspace(-1, 1, 61))
    depth = u * np.sin(turn) + v * np.cos(turn)
    relief = Relief(np.clip(1 - 2.5 * np.abs(depth), 0, 1), angle)
    way = np.array([np.sin(turn), np.cos(turn)])
    behind, front, top = 0.6 * way, -0.6 * way, 0.0 * way
    seen = relief.is_seen(*np.transpose([behind, front, top]), np.array([0.0, 0.0, 1.0]))
    assert seen.tolist() == [False, True, True]
    x, y, _ = relief.project(0.0, 0.0, 1.0)
    assert x == pytest.approx(WIDTH / 2)
    assert 0 < y < relief.project(0.0, 0.0, 0.0)[1] < HEIGHT
    path = relief.path(*np.transpose([front, top, behind, front]), np.array([0.0, 1.0, 0.0, 0.0]))
    assert path.count("M") == 2


@pytest.mark.parametrize("kind", ["random", "weights", "principal"])
def test_a_slice_is_the_loss_on_a_plane_through_the_trained_weights(kind):
    found, path = landscape_slice("tanh", kind, 3), trained_path("tanh")
    X, y = make_circles(n_samples=80)

    def loss_at(flat):
        w_1, b_1 = np.reshape(flat[:16], (2, 8)), flat[16:24]
        w_2, b_2 = np.reshape(flat[24:88], (8, 8)), flat[88:96]
        z = np.tanh(np.tanh(X @ w_1 + b_1) @ w_2 + b_2) @ flat[96:104] + flat[104]
        p = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    axes = np.stack([found.directions.first, found.directions.second])
    at = found.directions.origin + found.surface.a[5] * axes[0] + found.surface.b[20] * axes[1]
    assert found.surface.losses[20, 5] == pytest.approx(loss_at(at))
    assert found.path_losses[[0, 30]] == pytest.approx([loss_at(p) for p in path.points[[0, 30]]])
    assert found.plane_losses[-1] == pytest.approx(found.path_losses[-1])
    # The share of the way by an orthonormal basis of the plane.
    basis, _ = np.linalg.qr(axes.T)
    away = path.points - path.points[-1]
    inside = np.square(away @ basis).sum() / np.square(away).sum()
    assert found.share == pytest.approx(inside)
    assert (found.share > 0.9) == (kind == "principal")


def test_the_slice_follows_training_and_the_choice_of_directions():
    shown = figure("landscape-slice")
    shown.step()
    first = shown.sentence()
    shown.set("kind", "principal")
    assert shown.epoch == 1
    assert shown.sentence() != first
    while shown.step():
        pass
    assert shown.epoch == 60


@pytest.mark.parametrize("rate", [0.2, 0.3, 0.4])
def test_the_curvature_ends_at_two_over_the_learning_rate(rate):
    shown = figure("valley-width", rate=rate)
    while shown.step():
        pass
    assert shown.updates == 1000
    assert shown.curvatures[-1] == pytest.approx(2 / rate, rel=0.1)
    # The second difference of the cross-section is the curvature.
    h = shown._lengths[1] - shown._lengths[0]
    middle = len(shown._lengths) // 2
    section = shown._across[middle - 1 : middle + 2]
    assert (section[0] - 2 * section[1] + section[2]) / h**2 == pytest.approx(
        shown.curvatures[-1], rel=0.02
    )


def test_a_small_rate_stays_below_its_limit_and_a_run_can_leave_its_valley():
    small = figure("valley-width", rate=0.1)
    for _ in range(20):
        small.step()
    assert small.curvatures[0] < small.curvatures[-1] < 0.6 * 2 / 0.1
    weights = small._weights
    assert small.loss == pytest.approx(valley_loss().loss(weights))
    lost = figure("valley-width", rate=0.4, seed=7)
    while lost.step():
        pass
    assert lost.diverged
    assert "left the valley" in lost.sentence()
    assert "nan" not in lost.picture()
