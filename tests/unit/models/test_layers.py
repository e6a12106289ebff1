"""The networks against their formulas, one day at a time."""

import numpy as np
import torch

from faultcast.models import CausalConvolution, ConvLstmFc, ConvolutionMlp, WindowMlp
from faultcast.models.causal_layer import CausalLayer


def windows(series, days):
    """Each day's last `days` days (n, days_of_series, channels, days), zeros before the first."""
    padded = torch.cat((torch.zeros(len(series), days - 1, series.shape[2]), series), dim=1)
    return padded.unfold(1, days, 1)


def test_causal_layer_sees_every_dilation_th_day():
    layer = CausalLayer(1, 1, 3, dilation=2)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([100.0, 10.0, 1.0])
        layer.bias.zero_()
        out = layer(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]))
    assert out.tolist() == [[[1.0, 2.0, 13.0, 24.0, 135.0, 246.0]]]


def test_window_mlp_is_dense_layers_on_each_window():
    torch.manual_seed(1)
    model = WindowMlp(2, window_days=4, units=(6, 5, 3))
    series = torch.randn(3, 11, 2)
    hidden = windows(series, 4).flatten(2) @ model.window.weight.flatten(1).T + model.window.bias
    for layer in model.layers:
        hidden = hidden.clamp(min=0) @ layer.weight.T + layer.bias
    torch.testing.assert_close(model(series), hidden[..., 0])


def test_causal_convolution_is_one_layer_on_each_window():
    torch.manual_seed(2)
    model = CausalConvolution(2, window_days=4, filters=3)
    series = torch.randn(3, 11, 2)
    weight, bias = model.convolution.weight.flatten(1), model.convolution.bias
    hidden = (windows(series, 4).flatten(2) @ weight.T + bias).clamp(min=0)
    torch.testing.assert_close(
        model(series), (hidden @ model.head.weight.T)[..., 0] + model.head.bias
    )


def test_days_of_a_map_predictor_share_their_encoder():
    torch.manual_seed(3)
    model = ConvolutionMlp(6, 7, window_days=3)
    maps = torch.rand(2, 5, 6, 7)
    codes = torch.stack([model.encoder(maps[:, day, None]) for day in range(5)], dim=1)
    assert codes.shape == (2, 5, 32)
    torch.testing.assert_close(model(maps), model.head(codes))


def cross_correlate(channels, weight, stride):
    """(ins, r, c), (outs, ins, 3, 3) -> (outs, r / stride, c / stride), with zeros around."""
    padded = np.pad(channels, ((0, 0), (1, 1), (1, 1)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.einsum("ircab,oiab->orc", patches[:, ::stride, ::stride], weight)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_conv_lstm_is_the_formula():
    """Shi et al. (2015), equation 3 without peepholes; gates in the order i, f, o, candidate."""
    torch.manual_seed(4)
    model = ConvLstmFc(5, 8).double()
    maps = torch.randn(1, 4, 5, 8, dtype=torch.float64)
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    hidden = cell = np.zeros((8, 3, 4))
    expected = []
    for today in maps[0].numpy():
        gates = cross_correlate(today[None], weights["input.weight"], 2)
        gates = gates + weights["input.bias"][:, None, None]
        gates = gates + cross_correlate(hidden, weights["recurrent.weight"], 1)
        entrance, forget, out, candidate = gates.reshape(4, 8, 3, 4)
        cell = sigmoid(forget) * cell + sigmoid(entrance) * np.tanh(candidate)
        hidden = sigmoid(out) * np.tanh(cell)
        expected.append(weights["head.weight"][0] @ hidden.ravel() + weights["head.bias"][0])
    np.testing.assert_allclose(model(maps)[0].detach().numpy(), expected, rtol=1e-10)
