import pytest
import torch

from faultcast.models import quake_graph
from faultcast.models.hierarchical_quake import VARIANTS, HierarchicalQuake, detach
from faultcast.models.quake_graph import GraphedQuake

N_DAYS = 3


def network(variant="temporal", device="cpu"):
    torch.manual_seed(0)
    model = HierarchicalQuake(torch.full((20, 20), 0.01), VARIANTS[variant], head="logit")
    with torch.no_grad():
        model.gain.fill_(0.5)
    return model.to(device)


def blocks(n, device="cpu"):
    torch.manual_seed(1)
    maps = 5.0 * (torch.rand(n, N_DAYS, 20, 20) < 0.03)
    return maps.to(device)


def train(model, run, days):
    """Learn from blocks, a state carried between them; return losses and the last state."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    state, losses = model.initial_state(), []
    for block in days:
        output, state = run(block, state)
        state = detach(state)
        loss = output.sub(1.0).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, state


@pytest.fixture
def recorded(monkeypatch):
    """Stand in for the recording: like it, run the callable a few times, then replay it."""
    lengths = []

    def record(callable_, inputs):
        lengths.append(len(inputs[0]))
        assert not any(part.requires_grad for part in inputs)
        for _ in range(4):
            callable_(*inputs)
        return callable_

    monkeypatch.setattr(quake_graph.torch.cuda, "make_graphed_callables", record)
    return lengths


@pytest.mark.parametrize("variant", VARIANTS)
def test_recording_changes_nothing(recorded, variant):
    """On a CPU, so without a graph: what surrounds it."""
    ours, theirs = network(variant), network(variant)
    graphed = GraphedQuake(ours)
    losses, state = train(ours, graphed, blocks(5))
    expected, other = train(theirs, theirs, blocks(5))
    assert losses == expected
    assert recorded == [N_DAYS]
    assert all(torch.equal(a, b) for a, b in zip(state, other, strict=True))
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name


def test_each_mode_and_length_has_its_graph(recorded):
    model = network().eval()
    graphed = GraphedQuake(model)
    days = blocks(1)[0]
    for _ in range(3):
        with torch.no_grad():
            graphed(days, model.initial_state())
            graphed(days[:1], model.initial_state())
    assert recorded == [3, 1]
    model.train()
    for _ in range(3):
        graphed(days, model.initial_state())
    assert recorded == [3, 1, 3]


def test_a_state_with_gradient_is_not_cut_off(recorded):
    model = network().train()
    graphed = GraphedQuake(model)
    days = blocks(1)[0].requires_grad_()
    state = model.initial_state()
    for _ in range(3):
        output, state = graphed(days, state)
    assert recorded == []
    output.sum().backward()
    assert days.grad.abs().max() > 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="a CUDA graph needs a CUDA device")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_graph_trains_as_the_network_does(variant):
    ours, theirs = network(variant, "cuda"), network(variant, "cuda")
    losses, state = train(ours, GraphedQuake(ours), blocks(6, "cuda"))
    expected, other = train(theirs, theirs, blocks(6, "cuda"))
    assert losses == pytest.approx(expected, rel=1e-3)
    torch.testing.assert_close(state.h, other.h, rtol=1e-2, atol=1e-2)
    ours.eval(), theirs.eval()
    graphed, days = GraphedQuake(ours), blocks(1, "cuda")[0]
    theirs.load_state_dict(ours.state_dict())
    for _ in range(3):
        with torch.no_grad():
            output, _ = graphed(days, ours.initial_state())
            expected, _ = theirs(days, theirs.initial_state())
    torch.testing.assert_close(output, expected, rtol=1e-3, atol=1e-3)
