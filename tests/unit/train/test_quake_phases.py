"""The order in which HierarchicalQuake sees its days."""

import numpy as np
import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.grid import WindowLabels
from faultcast.train.quake_days import QuakeDays
from faultcast.train.quake_options import QuakeOptions
from faultcast.train.quake_phases import last_days, pass_steps, published_steps
from faultcast.train.quake_protocol import FORMS, QuakeProtocol, get_form

TRAIN = ((0, 70), (90, 200))


def days_of(steps):
    return [day for step in steps for day in range(step.first, step.stop)]


def test_the_three_phases_as_the_lineage_runs_them():
    options = QuakeOptions(segments=3, segment_days=20)
    steps = published_steps(TRAIN, options, 1, seed=5)
    every = [*range(70), *range(90, 200)]
    phases = {n: [step for step in steps if step.phase == n] for n in (1, 2, 3)}
    assert [step.phase for step in steps] == sorted(step.phase for step in steps)
    for n in (1, 3):
        assert days_of(phases[n]) == every
        assert {step.learning_rate for step in phases[n]} == {3e-4}
        assert [s.first for s in phases[n] if s.from_zero] == [0, 90]
        assert [s.first for s in phases[n] if s.new_optimizer] == [0]
        assert [s.first for s in phases[n] if s.validate] == [0, 199]
    segments = [phases[2][k : k + 20] for k in (0, 20, 40)]
    for number, segment in enumerate(segments):
        days = days_of(segment)
        assert days == list(range(days[0], days[0] + 20)) and set(days) <= set(every)
        assert {s.learning_rate for s in segment} == {3e-4 / 10.0**number}
        assert [s.from_zero for s in segment] == [s.new_optimizer for s in segment]
        assert [s.from_zero for s in segment] == [True] + 19 * [False]
    assert len(phases[2]) == 60 and not any(step.validate for step in phases[2])
    assert steps == published_steps(TRAIN, options, 1, seed=5)
    assert steps != published_steps(TRAIN, options, 1, seed=6)


def test_a_tenth_of_the_rate_in_phase_3_as_the_text_has_it():
    steps = published_steps(TRAIN, QuakeOptions(final_decay=10.0), 1, seed=0)
    assert steps[-1].learning_rate == pytest.approx(3e-5)


def test_no_range_holds_a_segment():
    with pytest.raises(DataError, match="longer than a segment of 50 days"):
        published_steps(((0, 50), (100, 120)), QuakeOptions(), 1, seed=0)


def test_full_passes_in_blocks():
    options = QuakeOptions(passes=2, block_validate_every=3)
    steps = pass_steps(TRAIN, options, 50)
    blocks = [(s.first, s.stop, s.from_zero) for s in steps]
    once = [(0, 50, True), (50, 70, False), (90, 140, True), (140, 190, False), (190, 200, False)]
    assert blocks == 2 * once
    assert [s.phase for s in steps] == 5 * [1] + 5 * [2]
    assert [s.new_optimizer for s in steps] == [True] + 9 * [False]
    assert [s.validate for s in steps] == 2 * [False, False, True, False, True]


def test_the_last_days_of_a_pass():
    assert last_days(TRAIN, None) == [*TRAIN]
    assert last_days(TRAIN, 30) == [(170, 200)]
    assert last_days(TRAIN, 110) == [(90, 200)]
    assert last_days(TRAIN, 115) == [(65, 70), (90, 200)]
    assert last_days(TRAIN, 1000) == [*TRAIN]


@pytest.mark.parametrize("value", ["maximum", "last"])
def test_days_are_dense_in_any_block(quake_case, value):
    """Labels: any event of M >= 4 in days [t + 2, t + 6)."""
    cube = quake_case.cube()
    days = QuakeDays(WindowLabels(cube, 4.0, 2, 6), value, torch.device("cpu"))
    inputs, largest = cube.to_dense(value=value), cube.to_dense(value="maximum")
    for first, stop in [(0, 1), (60, 70), (63, 64), (64, 65), (10, 200), (400, 415)]:
        assert np.array_equal(days.inputs(first, stop), inputs[first:stop])
        expected = [(largest[t + 2 : t + 6] >= 4.0).any(axis=0) for t in range(first, stop)]
        assert np.array_equal(days.labels(first, stop), expected)
    assert np.array_equal(days.inputs(415, 420), inputs[415:])


def test_options_are_refused_all_at_once():
    with pytest.raises(ConfigError) as caught:
        QuakeOptions.from_mapping(
            {"value": "mean", "passes": 0, "learning_rate": -1, "block_days": 2.5, "hue": 1}
        )
    told = str(caught.value)
    for name in ("value", "passes", "learning_rate", "block_days", "hue"):
        assert f"{name}: " in told
    options = QuakeOptions.from_mapping({"segments": 0, "pass_days": None, "learning_rate": 1})
    assert options.segments == 0


def test_forms_by_name_and_mixtures_by_their_switches():
    name, protocol = get_form("as_published_carried")
    assert get_form(protocol) == ("as_published_carried", FORMS[name])
    mixed = QuakeProtocol("train", "reset", "logits", "lineage", "zero", published=True)
    assert get_form(mixed)[0] == "train-reset-logits-lineage-zero-published"
    with pytest.raises(ConfigError, match="allowed are as_published_reset"):
        get_form("as_is")
    with pytest.raises(ConfigError, match=r"(?s)switch prior is 'test'.*switch loss is 'both'"):
        QuakeProtocol("test", "reset", "both", "lineage", "zero", published=True)
