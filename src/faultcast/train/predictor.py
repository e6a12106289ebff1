"""EQPRED's second half: a network that predicts the next day of a series from its past."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from faultcast.errors import DataError
from faultcast.models.registry import make_predictor
from faultcast.train.loop import FitOptions, FitResult, fit
from faultcast.train.losses import nse_loss
from faultcast.train.options import EqpredOptions
from faultcast.train.protocol import Protocol
from faultcast.train.smoothing import loess
from faultcast.train.splits import Split

Series = NDArray[np.float64]
Inputs = NDArray[np.float32]

_CHUNK_DAYS = 256  # a pass: bounds the memory of maps


@dataclass(frozen=True)
class Prediction:
    """A predictor and what it says about each day.

    `target`, `prediction` (n_days,) in the series' unit; the prediction of a day uses the
    days before it and is NaN where their history is too short.
    """

    model: nn.Module
    target: Series
    prediction: Series
    fitted: FitResult


def history_days(options: EqpredOptions) -> int:
    """Return how many days of history come before the first prediction, smoothing included.

    EQPRED's own network needs the most; all models are given the same, so that their scores
    stand on the same days.
    """
    context: int = make_predictor("attention", (1,), options.window_days).context  # type: ignore[assignment]
    return context + options.smoothing_days - 1


def train_predictor(
    inputs: Inputs | None,
    series: Series,
    split: Split,
    protocol: Protocol,
    *,
    kind: str,
    smoothed: bool = True,
    known: NDArray[np.bool_] | None = None,
    options: EqpredOptions,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint: Path | None = None,
    code: str = "",
) -> Prediction:
    """Smooth the series, train a network to predict its next day, and predict every day.

    Parameters
    ----------
    inputs : None: the network sees the smoothed series; or maps (n_days, rows, columns) that
        it sees instead.
    series : (n_days,), what is to be predicted.
    split, protocol : what is learnt from, selected on, smoothed and predicted.
    kind : key of `models.registry.SERIES_PREDICTORS` or `MAP_PREDICTORS`.
    smoothed : False: neither input nor target is smoothed, whatever the protocol says.
    known : (n_days,) days whose value may be learnt from and selected on; None: all.

    Raises
    ------
    DataError
        The series is shorter than the history a prediction needs, or constant.
    """
    if len(series) <= history_days(options) + 1:
        raise DataError(
            f"the series has {len(series)} days, a prediction needs {history_days(options)} days "
            "of history: choose a longer period, or smaller window_days or smoothing_days"
        )
    window = options.smoothing_days if smoothed else 1
    smooth = loess(series, window, one_sided=protocol.smoothing == "one_sided")
    target = smooth if protocol.target == "smoothed" else series
    fit_end = len(series) if protocol.scaler == "all" else split.train_end
    trusted = np.ones(len(series), dtype=bool) if known is None else known
    shift, scale = _centre(target[:fit_end][trusted[:fit_end]])
    wanted = np.where(trusted, (target - shift) / scale, np.nan).astype(np.float32)
    if inputs is None:
        input_shift, input_scale = _centre(smooth[:fit_end])
        seen = ((smooth - input_shift) / input_scale).astype(np.float32)[:, None]
    else:
        seen = inputs

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make_predictor(kind, seen.shape[1:], options.window_days)
    learn = (split.first, split.train_end)
    select = split.test if protocol.selection == "test" else split.validation
    ordered = hasattr(model, "reset_state")
    fitted = fit(
        model,
        nse_loss(float(np.nanvar(wanted[slice(*learn)]))),
        _samples(model, seen, wanted, learn, options.segment_days),
        _samples(model, seen, wanted, select, options.segment_days),
        FitOptions(
            epochs=options.predictor_epochs,
            batch_size=1 if ordered else options.segments_per_step,
            learning_rate=options.learning_rate,
            patience=options.patience,
            seed=seed,
            threads=threads,
            mixed_precision=options.mixed_precision,
            ordered=ordered,
        ),
        device=device,
        checkpoint=checkpoint,
        code=code,
        name=f"predictor {kind}",
    )
    prediction = np.full(len(series), np.nan)
    prediction[1:] = predict(model, seen)[:-1] * scale + shift
    prediction[: split.first] = np.nan
    return Prediction(model, target, prediction, fitted)


def predict(model: nn.Module, inputs: Inputs) -> Series:
    """Return a predictor's output (n_days,) for each day of inputs (n_days, *shape).

    It goes through in pieces of one length, each with its history or the state before it, zeros
    after the last day. So a day's bits do not depend on how many days come after it: a future
    shock moves the end of a test part.
    """
    n_days = len(inputs)
    context: int = model.context  # type: ignore[assignment]  # all predictors have it
    place = next(model.parameters()).device
    outputs = []
    if hasattr(model, "reset_state"):
        model.reset_state()  # type: ignore[operator]  # stateful models have it
    with torch.no_grad():
        for first in range(0, n_days, _CHUNK_DAYS):
            days = np.arange(max(0, first - context + 1), first + _CHUNK_DAYS)
            piece = inputs[days.clip(max=n_days - 1)]
            piece[days >= n_days] = 0
            out = model(torch.from_numpy(piece[None]).to(place))[0, -_CHUNK_DAYS:]
            outputs.append(out.double().cpu().numpy())
    values: Series = np.concatenate(outputs)[:n_days]
    return values


def _centre(values: Series) -> tuple[float, float]:
    if not len(values):
        raise DataError(
            "not one of the days that give the series' scale has a value that can be trusted, all "
            "follow a large shock: start the test later, or raise the magnitude limit"
        )
    scale = float(values.std())
    if not scale > 0:
        raise DataError(
            f"the series is constant over the {len(values)} days that give its scale: there is "
            "nothing to predict; check the cube and the magnitude limit"
        )
    return float(values.mean()), scale


def _samples(
    model: nn.Module,
    inputs: Inputs,
    targets: NDArray[np.float32],
    days: tuple[int, int],
    length: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut a range of target days into pieces, each with the history before it.

    A stateful model gets all pieces from the first day of the series on, to arrive at the
    range with the state that it would have there; targets before the range are NaN.

    Returns
    -------
    inputs (n, context + length - 1, *shape) and targets (n, length); the last `length` outputs
    of the network predict the targets. Past the end of the range, inputs are 0 and
    targets NaN, so that no day outside it enters.
    """
    first, end = days
    context: int = model.context  # type: ignore[assignment]  # all predictors have it
    begin = 1 if hasattr(model, "reset_state") else first
    starts = np.arange(begin, end, length)
    target_days = starts[:, None] + np.arange(length)
    input_days = starts[:, None] + np.arange(-context, length - 1)
    last = len(inputs) - 1
    x = inputs[input_days.clip(0, last)]
    x[input_days >= end - 1] = 0
    inside = (target_days >= first) & (target_days < end)
    y = np.where(inside, targets[target_days.clip(0, last)], np.float32(np.nan))
    return torch.from_numpy(x), torch.from_numpy(y)
