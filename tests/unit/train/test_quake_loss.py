"""HierarchicalQuake's losses and the maps that they start from."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from faultcast.errors import DataError
from faultcast.grid import WindowLabels
from faultcast.train.quake_loss import RATE_FLOOR, QuakeLoss, prior_map
from faultcast.train.quake_protocol import FORMS


def random_case():
    generator = torch.Generator().manual_seed(0)
    output = 1.2 * torch.rand(3, 4, 5, generator=generator)
    return output, torch.rand(3, 4, 5, generator=generator) < 0.2


def test_loss_on_probabilities_is_cross_entropy_of_the_pair():
    output, label = random_case()
    found = QuakeLoss("probabilities", 1e4)(output, label)
    for p, y, loss in zip(output, label, found, strict=True):
        pair = torch.stack([1 - p, p], dim=-1).reshape(-1, 2)
        expected = cross_entropy(pair, y.flatten().long(), weight=torch.tensor([1.0, 1e4]))
        assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_floor_of_the_loss_on_probabilities():
    """Where F = 0 even a perfect output costs log(1 + 1/e), which any other exceeds."""
    label = torch.tensor([[[True, False, False, True]]])
    loss = QuakeLoss("probabilities", 1e4)
    floor = math.log(1 + 1 / math.e)
    assert float(loss(label.float(), label)) == pytest.approx(floor, abs=1e-6)
    for output in torch.rand(20, 1, 1, 4, generator=torch.Generator().manual_seed(0)):
        assert float(loss(output, label)) > floor
    # and "quake everywhere" costs next to nothing more, at a share of positives of 0.2 %
    rare = torch.zeros(1, 1, 1000, dtype=torch.bool)
    rare[..., :2] = True
    assert float(loss(torch.ones(1, 1, 1000), rare)) == pytest.approx(0.36, abs=0.005)


def test_loss_on_logits_counts_nats_of_the_expected_positives():
    output, label = random_case()
    p = output.double().sigmoid()
    nats = -torch.where(label, p.log(), (1 - p).log()).flatten(1).sum(1)
    found = QuakeLoss("logits", 1.0, expected=2.5)(output, label)
    assert torch.allclose(found.double(), nats / 2.5, rtol=1e-5)
    heavy = QuakeLoss("logits", 3.0)(output, label)
    more = -torch.where(label, 3.0 * p.log(), (1 - p).log()).flatten(1).sum(1)
    assert torch.allclose(heavy.double(), more, rtol=1e-5)


def test_prior_is_a_rate_or_the_probability_of_a_label(quake_case):
    labels = WindowLabels(quake_case.cube(), 4.0, 2, 6)
    maps = quake_case.maps()
    maps.loc[maps["cell"] == 7, ["all_days", "train"]] = 0.0
    form = FORMS["leak_free"]
    rate = maps.loc[(maps["parts"] == "rolling") & (maps["origin"] == 1), "train"].to_numpy()
    shuffled = maps.sample(frac=1.0, random_state=0)
    found = prior_map(shuffled, form, 1, labels)
    expected = np.maximum(1 - (1 - rate) ** 4, RATE_FLOOR).reshape(12, 10)
    assert np.allclose(found, expected, rtol=1e-6)
    daily = prior_map(maps, replace(form, loss="probabilities"), 1, labels)
    assert np.allclose(daily.ravel(), np.maximum(rate, RATE_FLOOR))
    leaky = prior_map(maps, replace(form, prior="all_days"), 1, labels)
    assert np.allclose(leaky[0, 0], 1 - (1 - 2 * rate[0]) ** 4)


def test_maps_of_something_else_are_refused(quake_case):
    labels = WindowLabels(quake_case.cube(), 4.0, 2, 6)
    maps = quake_case.maps()
    with pytest.raises(DataError, match=r"119 cells.*expected 120 cells"):
        prior_map(maps[maps["cell"] > 0], FORMS["leak_free"], 0, labels)
    with pytest.raises(DataError, match="0 cells of parts 'rolling', origin 2"):
        prior_map(maps, FORMS["leak_free"], 2, labels)
    with pytest.raises(DataError, match="expected 120 cells and 'train'"):
        prior_map(maps.drop(columns="train"), FORMS["leak_free"], 0, labels)
    with pytest.raises(DataError, match="rates of the map 'train' run from 0 to 1"):
        prior_map(maps.assign(train=maps["cell"] / 119), FORMS["leak_free"], 0, labels)
