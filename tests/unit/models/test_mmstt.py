from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn

from faultcast.errors import DataError
from faultcast.models.mmstt import MmStt
from faultcast.models.patches import covered_patches, cut_patches, lay_patches
from faultcast.models.self_attention import SelfAttention
from faultcast.models.tile_batch import TileBatch
from faultcast.models.tile_encoder import DropPath

SMALL = {"n_in": 5, "n_out": 3, "patch": 4, "d_model": 16, "layers": 2, "heads": 4}
SIZES = {**SMALL, "feed_forward": 24}
VARIANTS = {
    "full": {},
    "no_statics": {"statics": False},
    "no_cycles": {"cycles": False},
    "factorised": {"joint": False},
    "channel": {"fusion": "channel"},
    "patch16": {"patch": 16},
}


def make_batch(n=3, rows=10, columns=12, n_statics=2, n_in=5, seed=0):
    g = torch.Generator().manual_seed(seed)
    mask = torch.rand(rows, columns, generator=g) < 0.4
    mask[:4, :8] = False  # two patches of 4 x 4 without a cell
    mask[4, 4] = True
    return TileBatch(
        torch.randn(n, n_in, rows, columns, generator=g),
        mask,
        torch.randn(1, n_statics, rows, columns, generator=g),
        torch.randn(n, n_in + 3, 2, generator=g),
    )


def make_model(seed=1, **changes):
    """Return a network whose head is not 0."""
    torch.manual_seed(seed)
    model = MmStt((10, 12), 2, **{**SIZES, **changes})
    nn.init.normal_(model.head.weight, std=0.1)
    return model.eval()


def test_patches_come_back():
    maps = torch.arange(2 * 10 * 13.0).view(2, 10, 13)
    patches = cut_patches(maps, 4)
    assert patches.shape == (2, 12, 16)
    torch.testing.assert_close(patches[0, 5], maps[0, 4:8, 4:8].flatten())
    assert torch.equal(lay_patches(patches, 10, 13, 4), maps)


def test_patch_embedding_is_a_strided_convolution():
    maps = torch.randn(2, 3, 8, 12)
    convolution = nn.Conv2d(3, 5, 4, 4)
    patches = cut_patches(maps, 4).transpose(1, 2).flatten(2)
    ours = nn.functional.linear(patches, convolution.weight.flatten(1), convolution.bias)
    theirs = convolution(maps).flatten(2).transpose(1, 2)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_covered_patches():
    mask = torch.zeros(2, 4, 6, dtype=torch.bool)
    mask[0, 0, 2] = mask[0, 3, 5] = mask[1, 3, 0] = True
    index, real = covered_patches(mask, 2)
    assert index[0].tolist() == [1, 5] and index[1, 0] == 3
    assert real.tolist() == [[True, True], [True, False]]
    assert covered_patches(mask[:1], 2)[1] is None
    mask[1] = False
    with pytest.raises(DataError, match="without a single cell"):
        covered_patches(mask, 2)


@pytest.mark.parametrize("seen", [None, torch.tensor([[True] * 7, [True] * 4 + [False] * 3])])
def test_kernel_equals_plain_softmax_attention(seen):
    torch.manual_seed(3)
    fused = SelfAttention(16, 4)
    plain = SelfAttention(16, 4, plain=True)
    plain.load_state_dict(fused.state_dict())
    tokens = torch.randn(2, 7, 16)
    torch.testing.assert_close(fused(tokens, seen), plain(tokens, seen), atol=1e-5, rtol=1e-5)
    # and both the formula, head by head
    query, key, value = fused.inward(tokens).view(2, 7, 3, 4, 4).permute(2, 0, 3, 1, 4)
    out = torch.empty(2, 4, 7, 4)
    for n in range(2):
        n_keys = 7 if seen is None else int(seen[n].sum())
        for head in range(4):
            weights = torch.softmax(query[n, head] @ key[n, head, :n_keys].T / 2.0, dim=1)
            out[n, head] = weights @ value[n, head, :n_keys]
    slow = fused.outward(out.transpose(1, 2).flatten(2))
    torch.testing.assert_close(fused(tokens, seen), slow, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("make", [SelfAttention, partial(SelfAttention, plain=True)])
def test_leading_axes_are_a_batch(make):
    torch.manual_seed(3)
    attention = make(8, 2)
    tokens = torch.randn(2, 3, 5, 8)
    seen = torch.rand(2, 1, 5) < 0.7
    seen[..., 0] = True
    together = attention(tokens, seen)
    for n in range(2):
        for k in range(3):
            alone = attention(tokens[n, k, None], seen[n, 0, None])[0]
            torch.testing.assert_close(together[n, k], alone, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("length", [12, 300])
@pytest.mark.parametrize("leading", [(3,), (2, 3)])
def test_no_weights_are_kept_in_memory(length, leading):
    """The fused kernel runs in training too: what it keeps does not grow with length squared."""
    attention = SelfAttention(16, 4)
    tokens = torch.randn(*leading, length, 16)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.shape) or x, lambda x: x):
        attention(tokens)
    assert all(shape[-2:] != (length, length) for shape in kept)


@pytest.mark.parametrize("joint", [True, False])
def test_whole_network_with_kernel_equals_plain(joint):
    fused, plain = make_model(joint=joint), make_model(joint=joint, plain=True)
    batch = make_batch()
    difference = (fused(batch) - plain(batch)).abs().max()
    assert difference < 1e-5


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=list(VARIANTS))
def test_masked_cells_influence_nothing(changes):
    model, batch = make_model(**changes), make_batch()
    out = model(batch)
    assert out.shape == (3, 3, 10, 12)
    assert (out[..., ~batch.mask] == 0).all()
    worst = torch.full_like(batch.displacement, torch.nan)
    other = replace(
        batch,
        displacement=batch.displacement.where(batch.mask, worst),
        statics=batch.statics.where(batch.mask, torch.nan),
    )
    assert torch.equal(model(other), out)


def test_patches_without_a_cell_influence_nothing():
    """The embeddings of their places are free."""
    model, batch = make_model(), make_batch()
    out = model(batch)
    with torch.no_grad():
        model.place[:2] = 100.0
    assert torch.equal(model(batch), out)
    with torch.no_grad():
        model.place[2] += 1.0
    assert not torch.equal(model(batch), out)


def test_samples_do_not_mix():
    """Each sample with its own mask, one of them with fewer patches, as if it were alone."""
    for joint in (True, False):
        model, batch = make_model(joint=joint), make_batch()
        masks = batch.mask.repeat(3, 1, 1)
        masks[1] = False
        masks[1, 5, 6] = masks[1, 9, 1] = True
        together = model(replace(batch, mask=masks))
        for i in range(3):
            alone = TileBatch(
                batch.displacement[i : i + 1], masks[i], batch.statics, batch.cycles[i : i + 1]
            )
            torch.testing.assert_close(together[i : i + 1], model(alone), atol=1e-5, rtol=1e-5)


def test_untrained_is_persistence():
    batch = make_batch()
    out = MmStt((10, 12), 2, **SIZES)(batch)
    last = batch.displacement[:, -1:].where(batch.mask, 0.0)
    assert torch.equal(out, last.expand(-1, 3, -1, -1))


def test_what_each_input_does():
    batch = make_batch()
    full = make_model()
    for name in ("statics", "cycles"):
        changed = replace(batch, **{name: getattr(batch, name) + 1.0})
        assert not torch.equal(full(changed), full(batch))
        ablated = make_model(**{name: False})
        assert torch.equal(ablated(changed), ablated(batch))
    # cycles after the last input epoch are not read
    later = batch.cycles.clone()
    later[:, 5:] += 1.0
    assert torch.equal(full(replace(batch, cycles=later)), full(batch))


def test_every_cell_reaches_every_cell():
    """Joint attention: one layer joins all frames, patches and priors."""
    model, batch = make_model(layers=1), make_batch(n=1)
    batch.displacement.requires_grad_()
    batch.statics.requires_grad_()
    row, column = (int(i) for i in batch.mask.nonzero()[-1])
    model(batch)[0, 0, row, column].backward()
    assert (batch.displacement.grad[0][:, batch.mask] != 0).all()
    assert (batch.statics.grad[0][:, batch.mask] != 0).all()
    assert (batch.displacement.grad[0][:, ~batch.mask] == 0).all()


def test_parameter_count():
    d, f, p2, layers, n_patches, k = 128, 512, 64, 4, 25, 3
    norm, linear = 2 * d, lambda i, o: i * o + o
    attention = linear(d, 3 * d) + linear(d, d)
    block = 2 * norm + attention + linear(d, f) + linear(f, d)
    head = linear(12 * d, 12 * p2)
    embeddings = (n_patches + 12 + 2) * d + 2 * d  # place, time, modality, season
    full = linear(2 * p2, d) + linear(k * p2, d) + embeddings + layers * block + norm + head

    def count(**changes):
        return sum(p.numel() for p in MmStt((40, 40), k, **changes).parameters())

    assert count() == full
    assert count(joint=False) == full + layers * (attention + norm)
    assert count(statics=False) == full - linear(k * p2, d) - d
    assert count(cycles=False) == full - 2 * d
    assert count(fusion="channel") == full - d - d  # one bias and one modality fewer


def test_attention_is_what_the_network_uses():
    model, batch = make_model(), make_batch(n=2)
    masks = batch.mask.repeat(2, 1, 1)
    masks[1, 8:] = False
    batch = replace(batch, mask=masks)
    weights = model.attention(batch, 1, 1)
    assert weights.shape == (2, 2, 4, 5, 6, 3, 3)
    torch.testing.assert_close(weights.sum(dim=(-3, -2, -1)), torch.ones(2, 2, 4, 5))
    assert (weights[..., 0, :2] == 0).all() and (weights[1, ..., 2, :] == 0).all()
    # the first block's output for this patch, from the weights
    tokens, index, real = model._tokens(batch.masked())
    block = model.blocks[0]
    heads = block.attention
    line = block.norm(tokens).flatten(1, 2)
    value = heads.inward(line)[..., 32:].unflatten(-1, (4, 4))
    for n in range(2):
        position = int((index[n] == 4).nonzero())
        # the attention of time 3, over frames and the sample's own patches
        used = weights[n, 0, :, 3].flatten(2)[..., index[n]].flatten(1)
        mixed = torch.einsum("hl,lhc->hc", used, value[n]).flatten()
        seen = None if real is None else real.repeat(1, 6)
        whole = heads(line, seen)[n].view(6, -1, 16)[3, position]
        torch.testing.assert_close(heads.outward(mixed), whole, atol=1e-5, rtol=1e-5)


def test_attention_refuses():
    batch = make_batch()
    with pytest.raises(DataError, match=r"\(0, 0\) of 3 x 3"):
        make_model().attention(batch, 0, 0)
    with pytest.raises(DataError, match="no measured cell"):
        make_model().attention(batch, 0, 4)
    with pytest.raises(DataError, match="joint"):
        make_model(joint=False).attention(batch, 1, 1)


def test_drop_path():
    torch.manual_seed(0)
    layer, branch = DropPath(0.25), torch.ones(4000, 2, 3)
    out = layer(branch)
    assert out.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert (out.flatten(1).std(dim=1) == 0).all()  # a sample as a whole
    assert out.mean() == pytest.approx(1.0, abs=0.05)
    assert torch.equal(layer.eval()(branch), branch)
    rates = [block.drop_path.rate for block in MmStt((10, 12), 2, **SIZES).blocks]
    assert rates == [0.0, pytest.approx(0.1)]


def test_learns_what_persistence_cannot():
    """A ramp of its own slope in each cell goes on."""
    torch.manual_seed(0)
    model = MmStt((8, 8), 1, **SIZES).train()
    slope = torch.randn(16, 1, 8, 8)
    time = torch.arange(-4.0, 4.0)[:, None, None]
    series = slope * time
    batch = TileBatch(
        series[:, :5], torch.ones(8, 8, dtype=torch.bool), torch.zeros(1, 1, 8, 8),
        torch.zeros(16, 8, 2),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(150):
        loss = (model(batch) - series[:, 5:]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    persistence = series[:, 5:].square().mean()
    assert (model.eval()(batch) - series[:, 5:]).square().mean() < 0.2 * persistence


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MmStt((8, 8), 0), "n_statics"),
        (lambda: MmStt((8, 8), 1, heads=3), "128 channels.*3 heads"),
        (lambda: MmStt((8, 8), 1, patch=0), "patch 0"),
        (lambda: MmStt((8, 8), 1, fusion="late"), "'late'"),
        (lambda: make_model()(make_batch(n_in=4)), r"\(3, 4, 10, 12\), expected \(3, 5, 10, 12\)"),
        (lambda: make_model()(make_batch(columns=11)), "expected"),
        (lambda: make_model()(make_batch(n_statics=3)), r"\(3, 10, 12\).*\(2, 10, 12\)"),
        (
            lambda: make_model()(replace(make_batch(), cycles=torch.zeros(3, 4, 2))),
            "cycles.*5 or more",
        ),
        (
            lambda: make_model()(replace(make_batch(), mask=torch.ones(9, 12, dtype=torch.bool))),
            "mask",
        ),
    ],
)
def test_refuses(make, message):
    with pytest.raises(DataError, match=message):
        make()
