"""Frames never queue up, and epochs have the chosen speed; in simulated time."""

from __future__ import annotations

import pytest

from deltarule.playground.flow_control import (
    FRAMES_PER_SECOND,
    MAX_UNACKNOWLEDGED,
    PAGE_TIMEOUT_S,
    FlowControl,
)
from deltarule.playground.speed_control import MAX_CHUNK_S, SpeedControl


def test_no_frame_is_sent_before_a_page_joined():
    assert FlowControl().wait_s(0.0) is None


def test_at_most_two_frames_are_unacknowledged():
    flow, now = FlowControl(), 0.0
    flow.joined("a", now)
    sent = 0
    for _ in range(100):
        if flow.wait_s(now) == 0.0:
            flow.next_sequence(now)
            sent += 1
        now += 0.1
    assert sent == MAX_UNACKNOWLEDGED
    flow.acknowledged("a", 2, now)  # acknowledges both
    assert flow.wait_s(now) == 0.0


def test_at_most_thirty_frames_per_second():
    flow, sent = FlowControl(), 0
    flow.joined("a", 0.0)
    for millisecond in range(2000):
        now = millisecond / 1000
        if flow.wait_s(now) == 0.0:
            number = flow.next_sequence(now)
            flow.acknowledged("a", number, now)
            sent += 1
    assert 0.9 * 2 * FRAMES_PER_SECOND <= sent <= 2 * FRAMES_PER_SECOND + 1


def test_the_slower_of_two_pages_limits_the_rate_until_it_times_out():
    flow = FlowControl()
    flow.joined("quick", 0.0)
    flow.joined("gone", 0.0)
    for now in (0.1, 0.2):
        flow.acknowledged("quick", flow.next_sequence(now), now)
    assert flow.wait_s(0.3) is None
    assert flow.wait_s(PAGE_TIMEOUT_S + 0.3) == 0.0


def test_a_page_that_rejoins_has_no_unacknowledged_frames():
    flow = FlowControl()
    flow.joined("a", 0.0)
    for _ in range(2):
        flow.next_sequence(0.0)
    flow.joined("a", 1.0)
    assert flow.wait_s(1.0) == 0.0
    flow.left("a")
    assert flow.wait_s(2.0) is None


@pytest.mark.parametrize("wanted", [3.0, 60.0, 1000.0])
def test_epochs_per_second_match_the_chosen_speed(wanted):
    speed, now, done = SpeedControl(wanted), 0.0, 0
    speed.start(now)
    while now < 10.0:
        epochs = speed.due(now)
        took = epochs * 1e-5
        now += took
        if epochs:
            speed.add(epochs, took, now)
            done += epochs
        now += max(speed.wait_s(), 1e-3)
    assert done == pytest.approx(10 * wanted, rel=0.05, abs=2)
    assert speed.measured() == pytest.approx(wanted, rel=0.15)


def test_one_call_of_the_engine_takes_at_most_the_chunk_time():
    speed, now = SpeedControl(None), 0.0
    for _ in range(200):
        epochs = speed.due(now)
        took = epochs * 1e-4
        now += took
        speed.add(epochs, took, now)
    assert speed.due(now) * 1e-4 == pytest.approx(MAX_CHUNK_S, rel=0.05)
    speed.add(speed.due(now), 1.0, now + 1.0)  # suddenly slow: a larger network
    assert speed.due(now) * 1e-4 < MAX_CHUNK_S / 10


def test_a_slow_machine_does_not_accumulate_debt():
    speed = SpeedControl(1000.0)
    speed.start(0.0)
    speed.due(60.0)
    for _ in range(100):
        speed.add(0, 0.0, 60.0)
    owed = 0
    while epochs := speed.due(60.0):
        speed.add(epochs, 0.0, 60.0)
        owed += epochs
    assert owed <= 250
