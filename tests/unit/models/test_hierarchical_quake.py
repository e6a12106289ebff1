"""The networks against the paper's equations written down plainly; what known faults would break.

The plain network is the peer of benchmarks/hierarchicalquake.py.
"""

import importlib.util
import re
from pathlib import Path

import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.models import hierarchical_quake
from faultcast.models.hierarchical_quake import (
    TITLES,
    VARIANTS,
    HierarchicalQuake,
    QuakeSwitches,
    detach,
)

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "hierarchicalquake.py"
SIZES = [(63, 50), (20, 20), (40, 60)]
HEADS = ("probability", "logit")


@pytest.fixture(scope="module")
def plainly():
    spec = importlib.util.spec_from_file_location("benchmark_of_quake", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PlainQuake


def magnitudes(n, rows, columns, seed=0, share=0.02):
    generator = torch.Generator().manual_seed(seed)
    maps = 5.0 + 2.0 * torch.rand(n, rows, columns, generator=generator)
    return maps * (torch.rand(n, rows, columns, generator=generator) < share)


def network(variant="temporal", size=(20, 20), head="probability", seed=1, **options):
    torch.manual_seed(seed)
    prior = 0.001 + 0.05 * torch.rand(*size)
    model = HierarchicalQuake(prior, VARIANTS[variant], head=head, **options)
    if head == "logit":
        with torch.no_grad():
            model.gain.fill_(0.7)
            model.bias.fill_(-0.2)
    return model


def wake(model, n=5):
    """Let batch norms gather statistics that are not those of the day at hand."""
    model.train()
    with torch.no_grad():
        model(magnitudes(n, model.rows, model.columns, seed=9), model.initial_state())
    return model.eval()


def run_day_by_day(model, days):
    state, outputs = model.initial_state(), []
    for day in days:
        output, state = model(day[None], state)
        outputs.append(output[0])
    return torch.stack(outputs), state


def run_plain(plain, days):
    state, outputs = plain.initial_state(), []
    for day in days:
        output, state = plain(day, state)
        outputs.append(output)
    return torch.stack(outputs), state


def assert_same_gradients(model, plain):
    """Compare all gradients, those of the gates in the plain network's layout."""
    joined = [model.of_hidden, model.of_embedded]
    joined += [model.of_attended] if model.switches.heads else []
    ours = {"gates": torch.cat([layer.weight.grad for layer in joined], dim=1)}
    ours |= {k: v.grad for k, v in model.named_parameters() if not k.startswith("of_")}
    theirs = {"gates": torch.cat([gate.convolution.weight.grad for gate in plain.gates])}
    theirs |= {k: v.grad for k, v in plain.named_parameters() if not k.startswith("gates.")}
    assert ours.keys() == theirs.keys()
    for name in ours:
        scale = theirs[name].abs().max()
        assert scale > 0, name
        assert (ours[name] - theirs[name]).abs().max() < 1e-9 * scale, name


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("training", [True, False])
def test_equals_the_plain_network(plainly, variant, head, training):
    size = SIZES[list(VARIANTS).index(variant) % 3] if not training else (20, 27)
    model = wake(network(variant, size, head)).double().train(training)
    plain = plainly(model).double().train(training)
    with torch.no_grad():  # statistics of the gates, in the plain network's layout
        means, variances = model.gate_norm.running_mean, model.gate_norm.running_var
        for gate, mean, variance in zip(
            plain.gates, means.split(32), variances.split(32), strict=True
        ):
            gate.norm.running_mean.copy_(mean)
            gate.norm.running_var.copy_(variance)
    days = magnitudes(4, *size).double()
    # in training a day at a time: the batch norm of a block would see the block
    output, state = run_day_by_day(model, days) if training else model(days, model.initial_state())
    expected, (h, c, _, length) = run_plain(plain, days)
    torch.testing.assert_close(output, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(state.h, h, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(state.c, c, rtol=1e-9, atol=1e-9)
    if model.switches.memory:
        assert state.length == length
    weight = torch.randn(4, *size, dtype=torch.float64)
    (output * weight).sum().backward()
    (expected * weight).sum().backward()
    assert_same_gradients(model, plain)
    if training:
        theirs = torch.cat([gate.norm.running_var for gate in plain.gates])
        torch.testing.assert_close(model.gate_norm.running_var, theirs, rtol=1e-9, atol=1e-9)


def test_single_precision_is_as_close(plainly):
    model = network("temporal", (63, 50))
    plain = plainly(model)
    days = magnitudes(3, 63, 50)
    output, _ = run_day_by_day(model, days)
    expected, _ = run_plain(plain, days)
    # the batch norm of an almost empty day divides by little: rounding grows by 1e2 or more
    torch.testing.assert_close(output, expected, rtol=0, atol=1e-4)


def documented_weights():
    table = re.findall(r"^\| (\w+) +\|(.*)\|$", hierarchical_quake.__doc__, re.MULTILINE)
    rows = {
        name: [int(cell.strip().replace(",", "") or 0) for cell in cells.split("|")]
        for name, cells in table
        if name in VARIANTS
    }
    assert rows.keys() == VARIANTS.keys()
    return rows


@pytest.mark.parametrize("variant", VARIANTS)
def test_weights_are_those_documented(variant):
    *parts, total = documented_weights()[variant]
    assert sum(parts) == total
    model = network(variant, (250, 200))
    count = lambda module: sum(p.numel() for p in module.parameters())  # noqa: E731
    assert count(model) == total
    assert count(network(variant, (250, 200), "logit")) == total + 2
    assert count(model.embedding) == parts[0]
    assert count(model.output) == parts[-1]
    # the lineage's: 1 -> 16 -> 16, four times 48 -> 32, 32 -> 2, all 3 x 3 without bias
    assert documented_weights()["baseline"][-1] == 9 * (16 + 256 + 4 * 48 * 32 + 64) == 58_320


def test_variants_are_the_papers_in_the_order_of_its_table():
    assert list(VARIANTS) == list(TITLES) == [
        "baseline", "regional", "multihead", "gated_fusion", "temporal",
    ]  # fmt: skip
    switched = [sum(bool(v) for v in vars(s).values()) for s in VARIANTS.values()]
    assert switched == [0, 1, 2, 3, 4]
    assert [VARIANTS[key].heads for key in VARIANTS] == [0, 1, 2, 2, 2]


@pytest.mark.parametrize("variant", ["baseline", "temporal"])
@pytest.mark.parametrize("size", [*SIZES, (250, 200)])
def test_shapes_at_every_size(variant, size):
    model = network(variant, size, "logit")
    with torch.no_grad():
        output, state = model(magnitudes(2, *size), model.initial_state())
    assert output.shape == (2, *size)
    assert output.isfinite().all()
    assert state.h.shape == state.c.shape == (1, 32, *size)
    expected = (size[0] // 8, size[1] // 8) if variant == "temporal" else (0, 0)
    assert model.regions == expected
    assert [part.shape for part in state] == [part.shape for part in model.initial_state()]


@pytest.mark.parametrize("variant", ["baseline", "regional", "temporal"])
def test_a_future_day_leaves_earlier_outputs_bit_identical(variant):
    model = wake(network(variant))
    days = magnitudes(6, 20, 20)
    changed = days.clone()
    changed[4] = magnitudes(1, 20, 20, seed=5, share=0.2)[0]
    with torch.no_grad():
        before, _ = model(days, model.initial_state())
        after, _ = model(changed, model.initial_state())
    assert torch.equal(before[:4], after[:4])
    assert not torch.equal(before[4], after[4])
    assert not torch.equal(before[5], after[5])


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("training", [True, False])
def test_output_depends_on_the_day_before_if_the_state_is_carried(head, training):
    """The template's fault: a state that is reset at every step knows today only."""
    model = wake(network("baseline", head=head))
    today = magnitudes(1, 20, 20, seed=3)
    outputs = []
    for seed in (1, 2):
        with torch.no_grad():
            _, state = model(magnitudes(1, 20, 20, seed=seed), model.initial_state())
        model.train(training)
        outputs.append(model(today, state)[0])
        outputs.append(model(today, model.initial_state())[0])
        model.eval()
    assert not torch.equal(outputs[0], outputs[2])  # carried
    assert torch.equal(outputs[1], outputs[3])  # reset


def test_gradients_flow_within_a_block_and_stop_at_its_start():
    model = network("temporal").train()
    first, second = magnitudes(3, 20, 20, seed=1), magnitudes(3, 20, 20, seed=2)
    _, state = model(first, model.initial_state())
    state.h.retain_grad()
    output, _ = model(second, detach(state))
    output.square().sum().backward()
    assert state.h.grad is None
    days = second.clone().requires_grad_()
    outputs, _ = run_day_by_day(model, days)
    outputs[2].square().sum().backward()
    # day 2's output reaches the weights through h of days 0 and 1
    assert all(days.grad[day].abs().max() > 0 for day in range(3))


def test_untrained_logits_are_the_map():
    torch.manual_seed(0)
    prior = 1e-7 + 0.3 * torch.rand(20, 20)
    for variant in VARIANTS.values():
        model = HierarchicalQuake(prior, variant, head="logit")
        output, _ = model(magnitudes(3, 20, 20), model.initial_state())
        assert (model.probability(output) == prior).all()
        assert ((output.sigmoid() - prior) / prior).abs().max() < 1e-4
        # and it can leave the map: the first gradient moves the gain
        output.square().sum().backward()
        assert model.gain.grad != 0 and model.bias.grad != 0


def test_probability_head_and_the_floor_of_the_lineages_loss():
    """Cross-entropy of [1 - F - corr, F + corr] as if they were logits: never below 0.3133."""
    model = HierarchicalQuake(torch.zeros(20, 20), VARIANTS["baseline"], head="probability")
    output, _ = model(magnitudes(5, 20, 20), model.initial_state())
    assert output.min() >= 0.0 and output.max() <= 1.0
    pair = torch.stack((1.0 - output, output), dim=1)
    loss = torch.nn.functional.cross_entropy(
        pair, torch.zeros_like(output, dtype=torch.long), reduction="none"
    )
    floor = torch.log1p(torch.exp(torch.tensor(-1.0)))
    assert floor.item() == pytest.approx(0.3133, abs=5e-5)
    assert loss.min() >= floor
    positive = torch.nn.functional.cross_entropy(
        pair, torch.ones_like(output, dtype=torch.long), reduction="none"
    )
    assert positive.min() >= floor
    # with a prior F the output may pass 1; as a probability it is cut there
    model = HierarchicalQuake(torch.ones(20, 20), VARIANTS["baseline"], head="probability")
    output, _ = model(magnitudes(2, 20, 20), model.initial_state())
    assert output.max() > 1.0
    assert model.probability(output).max() == 1.0


def test_weights_and_statistics_alone_are_saved():
    model = wake(network("temporal", head="logit"))
    saved = model.state_dict()
    assert "offset" not in saved
    other = network("temporal", head="logit", seed=2)
    other.offset = model.offset.clone()
    other.load_state_dict(saved)
    other.eval()
    days = magnitudes(3, 20, 20)
    with torch.no_grad():
        ours, _ = model(days, model.initial_state())
        theirs, _ = other(days, other.initial_state())
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: QuakeSwitches(fusion=True), ConfigError, "heads >= 1"),
        (lambda: QuakeSwitches(heads=-1), ConfigError, "-1 heads"),
        (lambda: HierarchicalQuake(torch.zeros(20, 20), QuakeSwitches(), head="logit"), DataError,
         "from 0 to 0.*floor the map"),
        (lambda: HierarchicalQuake(torch.full((20, 20), 2.0), QuakeSwitches(), head="probability"),
         DataError, "from 2 to 2"),
        (lambda: HierarchicalQuake(torch.full((20, 20), torch.nan), QuakeSwitches(),
                                   head="probability"), DataError, "nan"),
        (lambda: HierarchicalQuake(torch.zeros(20), QuakeSwitches(), head="probability"),
         DataError, r"\(20,\).*rows, columns"),
        (lambda: HierarchicalQuake(torch.zeros(9, 9), QuakeSwitches(), head="softmax"), ConfigError,
         "'softmax'.*'probability' or 'logit'"),
        (lambda: network("regional", (7, 20)), DataError, "7 x 20 cells holds no region of 8 x 8"),
        (lambda: network()(torch.zeros(2, 20, 21), network().initial_state()), DataError,
         "20 x 21 cells.*20 x 20"),
        (lambda: network("baseline").attention(torch.zeros(1, 20, 20)), DataError, "no attention"),
    ],
)  # fmt: skip
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_baseline_runs_on_less_than_a_region():
    model = network("baseline", (7, 5))
    output, _ = model(magnitudes(2, 7, 5, share=0.2), model.initial_state())
    assert output.shape == (2, 7, 5)
