"""EQPRED's second half: the temporal network on the series of the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.models.temporal_attention import TemporalAttention
from faultcast.train.loop import FitOptions, FitResult, fit
from faultcast.train.losses import nse_loss
from faultcast.train.options import EqpredOptions
from faultcast.train.protocol import Protocol
from faultcast.train.smoothing import loess
from faultcast.train.splits import Split

Series = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """A predictor and what it says about each day.

    `target`, `prediction` (n_days,) in the series' unit; the prediction of a day uses the
    days before it and is NaN where their history is too short.
    """

    model: TemporalAttention
    target: Series
    prediction: Series
    fitted: FitResult


def make_predictor(options: EqpredOptions) -> TemporalAttention:
    """Return the untrained temporal network."""
    return TemporalAttention(
        filters=options.filters,
        kernel_size=options.kernel_size,
        dilations=options.dilations,
        window=options.window_days,
        attention=options.attention,
    )


def history_days(options: EqpredOptions) -> int:
    """Return how many days of history a prediction needs, smoothing included."""
    return make_predictor(options).context + options.smoothing_days - 1


def train_predictor(
    series: Series,
    split: Split,
    protocol: Protocol,
    *,
    options: EqpredOptions,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint: Path | None = None,
    code: str = "",
) -> Prediction:
    """Smooth the series, train the temporal network on it and predict every day.

    Parameters
    ----------
    series : (n_days,) as the autoencoder gives it.
    split, protocol : what is learnt from, selected on, smoothed and predicted.

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
    smooth = loess(series, options.smoothing_days, one_sided=protocol.smoothing == "one_sided")
    target = smooth if protocol.target == "smoothed" else series
    fit_end = len(series) if protocol.scaler == "all" else split.train_end
    shift, scale = _centre(smooth[:fit_end])
    target_shift, target_scale = _centre(target[:fit_end])
    inputs = ((smooth - shift) / scale).astype(np.float32)
    wanted = ((target - target_shift) / target_scale).astype(np.float32)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make_predictor(options)
    learn = (split.first, split.train_end)
    select = split.test if protocol.selection == "test" else split.validation
    fitted = fit(
        model,
        nse_loss(float(np.var(wanted[slice(*learn)]))),
        _segments(inputs, wanted, learn, model.context, options.segment_days),
        _segments(inputs, wanted, select, model.context, options.segment_days),
        FitOptions(
            epochs=options.predictor_epochs,
            batch_size=options.segments_per_step,
            learning_rate=options.learning_rate,
            patience=options.patience,
            seed=seed,
            threads=threads,
            mixed_precision=options.mixed_precision,
        ),
        device=device,
        checkpoint=checkpoint,
        code=code,
        name="predictor",
    )
    # one causal pass over the whole series: its shape does not depend on the split
    place = next(model.parameters()).device
    with torch.no_grad():
        outputs = model(torch.from_numpy(inputs[None, :-1, None]).to(place))[0].double().cpu()
    prediction = np.full(len(series), np.nan)
    prediction[1:] = outputs.numpy() * target_scale + target_shift
    prediction[: split.first] = np.nan
    return Prediction(model, target, prediction, fitted)


def _centre(values: Series) -> tuple[float, float]:
    scale = float(values.std())
    if not scale > 0:
        raise DataError(
            f"the series is constant over the {len(values)} days that give its scale: there is "
            "nothing to predict; check the cube and the magnitude limit"
        )
    return float(values.mean()), scale


def _segments(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32],
    days: tuple[int, int],
    context: int,
    length: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut a range of target days into pieces, each with the history before it.

    Returns
    -------
    inputs (n, context + length - 1, 1) and targets (n, length); the last `length` outputs
    of the network predict the targets. Past the end of the range, inputs are 0 and
    targets NaN, so that no day outside it enters.
    """
    first, end = days
    starts = np.arange(first, end, length)
    target_days = starts[:, None] + np.arange(length)
    input_days = starts[:, None] + np.arange(-context, length - 1)
    last = len(inputs) - 1
    x = np.where(input_days < end - 1, inputs[input_days.clip(0, last)], np.float32(0))
    y = np.where(target_days < end, targets[target_days.clip(0, last)], np.float32(np.nan))
    return torch.from_numpy(x[..., None]), torch.from_numpy(y)
