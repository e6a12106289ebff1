"""Predictions and novelty tables as EQPRED's jobs leave them, of days with known truth."""

import numpy as np
import pandas as pd

from faultcast.models.registry import ROWS

N_DAYS = 2000


def made_up(
    seed=0,
    protocol="leak_free",
    probability=None,
    origins=((1200, 1600), (1600, 2000)),
    model="eqpred",
    noise=0.0,
):
    """Event days cluster, the series follows their rate; the prediction is the rate and noise."""
    truth = np.random.default_rng(42)
    rate = 0.03 + 0.25 * (np.arange(N_DAYS) % 200 < 20)
    event = truth.random(N_DAYS) < rate
    total = np.concatenate([[0], np.cumsum(event)])
    day = np.arange(N_DAYS)
    quiet = total[day] == total[np.maximum(day - 30, 0)]
    generator = np.random.default_rng(seed)
    target = rate + generator.normal(0, 0.02, N_DAYS)
    prediction = rate + noise * np.random.default_rng([seed, len(model)]).normal(size=N_DAYS)
    smoothed = protocol == "as_published"
    frames = []
    for origin, (low, high) in enumerate(origins):
        part = np.full(N_DAYS, "gap", dtype=object)
        part[: low - 10] = "validation"
        part[: low - 400] = "train"
        part[:50] = "warmup"
        part[low:high] = "test"
        p = rate if probability is None else np.full(N_DAYS, probability)
        frames.append(
            pd.DataFrame(
                {
                    "model": model,
                    "protocol": protocol,
                    "seed": seed,
                    "origin": origin,
                    "day": day,
                    "part": part,
                    "target": target,
                    "prediction": prediction,
                    "error": 0.25 if ROWS[model].autoencoder else np.nan,
                    "is_positive": target > 0.1 if smoothed else event,
                    "is_detected": prediction > 0.1,
                    "event_probability": np.nan if smoothed else p,
                    "is_event_day": event,
                    "is_quiet": quiet,
                    "is_complete": True,
                    "n_events": 5 + 20 * (rate > 0.1),
                }
            ).iloc[:high]
        )
    return pd.concat(frames, ignore_index=True)


def made_up_maps(kind="skip", latent_size=16, protocol="leak_free", seed=0, noise=0.1, n_days=300):
    """Return a novelty table, and the maps and reconstructions of its test days."""
    maps = np.random.default_rng(7).random((n_days, 4, 5))
    maps[maps < 0.8] = 0.0
    generator = np.random.default_rng([seed, latent_size, len(kind)])
    output = maps + noise * generator.normal(size=maps.shape)
    occupied = maps > 0
    cells = (1, 2)
    part = np.where(np.arange(n_days) < 200, "train", "test").astype(object)
    table = pd.DataFrame(
        {
            "autoencoder": kind,
            "latent_size": latent_size,
            "protocol": protocol,
            "seed": seed,
            "origin": 0,
            "day": np.arange(n_days),
            "part": part,
            "is_event_day": np.arange(n_days) % 50 == 0,
            "error": np.abs(output - maps).mean(axis=cells),
            "squared_error": ((output - maps) ** 2).mean(axis=cells),
            "latent_norm": 1.0,
            "correct_share": ((output > 0.4) == occupied).mean(axis=cells),
            "occupied_share": occupied.mean(axis=cells),
            "output_mean": output.mean(axis=cells),
            "output_mean_square": (output**2).mean(axis=cells),
        }
    )
    return table, maps[200:], output[200:]
