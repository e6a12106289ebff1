"""Location errors of events that have none, from those of events that have them.

log(error) is linear in the quality letter and, as held-out years decide, in the number of phases,
the RMS, the depth and the year; horizontal and vertical errors are fitted apart, by least squares.
Quality letters are class limits, not sigmas: taking them as sigmas would also make ties of whole
classes, between which condensation passes no weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from faultcast.errors import DataError

FIXED_DEPTH_ERROR_KM = 31.61
"""What ComCat prints as the depth error of a fixed depth."""
UNKNOWN_HORIZONTAL_ERROR_KM = 99.0
"""What ComCat prints as the horizontal error where it is not determined."""

FORMS: dict[str, tuple[str, ...]] = {
    "letter": (),
    "letter + phases": ("phases",),
    "letter + phases + rms": ("phases", "rms"),
    "letter + phases + rms + depth": ("phases", "rms", "depth"),
    "letter + phases + rms + year": ("phases", "rms", "year"),
    "letter + phases + rms + depth + year": ("phases", "rms", "depth", "year"),
}
"""The candidates; each term enters linearly."""

MIN_KNOWN = 50
_MIN_LETTER = 30
_N_FOLDS = 5
_LOWEST_RMS_S = 0.01


@dataclass(frozen=True)
class ErrorRegression:
    """A fitted regression and the tables that show it.

    Attributes
    ----------
    letters : the letters with a level of their own, best located first; any other letter
        counts as the last, the worst.
    fixed_share : letter -> share of its known events whose depth was fixed.
    coefficients : quantity ("horizontal", "depth"), term, estimate, standard_error; a letter's
        estimate is log(error/km) at 20 phases, 0.2 s RMS, 5 km depth, in 2000.
    candidates : quantity, form, r2_held_out, scatter_held_out (standard deviation of the log
        residual), chosen; folds are five runs of whole years.
    medians : letter, n_known, horizontal_km, depth_km (depth not fixed), predicted_horizontal_km,
        predicted_depth_km, fixed_share.
    held_out : event_id, quantity, letter, known_km, predicted_km (by the folds without its year).
    """

    letters: tuple[str, ...]
    fixed_share: dict[str, float]
    coefficients: pd.DataFrame
    candidates: pd.DataFrame
    medians: pd.DataFrame
    held_out: pd.DataFrame
    _fits: dict[str, _Fit]

    def predict(self, events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return horizontal and depth error (n,) km and whether the depth counts as fixed (n,).

        A depth counts as fixed where more than half of the known events of its letter have a
        fixed depth. Predictions stay between the 0.5 % and 99.5 % quantiles of what is known.
        """
        letter = _levels(events, self.letters)
        share = np.array([self.fixed_share[name] for name in self.letters])
        design = _design(events, letter, len(self.letters))
        horizontal = self._fits["horizontal"].predict(design)
        return horizontal, self._fits["depth"].predict(design), share[letter] > 0.5


@dataclass(frozen=True)
class _Fit:
    columns: list[str]
    estimate: np.ndarray
    limits: tuple[float, float]

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        # a sum term by term: equal events get equal errors to the last bit, which a matrix
        # product does not promise
        log_error = np.zeros(len(design))
        for column, value in zip(self.columns, self.estimate, strict=True):
            log_error += design[column].to_numpy() * value
        return np.asarray(np.clip(np.exp(log_error), *self.limits))


def known_errors(events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return known horizontal and depth errors (n,), km, NaN where unknown, and fixed depths (n,).

    A fixed depth has no known depth error.
    """
    horizontal = events["horizontal_error_km"].to_numpy(dtype=float, copy=True)
    depth = events["depth_error_km"].to_numpy(dtype=float, copy=True)
    fixed = np.abs(depth - FIXED_DEPTH_ERROR_KM) < 0.005
    horizontal[~(horizontal > 0) | (horizontal >= UNKNOWN_HORIZONTAL_ERROR_KM)] = np.nan
    depth[~(depth > 0) | fixed] = np.nan
    return horizontal, depth, fixed


def fit_error_regression(events: pd.DataFrame) -> ErrorRegression:
    """Fit the regression on those `events` that have both errors.

    An event with one of them alone is left out: in ComCat such depth errors (1981-2001) come
    from another review.

    Parameters
    ----------
    events : event table.

    Raises
    ------
    DataError
        Fewer than 50 events have a known horizontal error, or a depth error of a free depth.
    """
    horizontal, depth, fixed = known_errors(events)
    both = np.isfinite(horizontal) & (np.isfinite(depth) | fixed)
    horizontal[~both] = depth[~both] = np.nan
    for name, count in (
        ("horizontal_error_km", int(np.isfinite(horizontal).sum())),
        ("depth_error_km", int(np.isfinite(depth).sum())),
    ):
        if count < MIN_KNOWN:
            raise DataError(
                f"{count} events have a known {name}, too few (< {MIN_KNOWN}) to estimate the "
                "errors of the others from; give errors for every event, or set class_limits"
            )
    letters = _find_letters(events, horizontal)
    letter = _levels(events, letters)
    design = _design(events, letter, len(letters))
    year = events["time"].dt.year.to_numpy()
    known = {"horizontal": horizontal, "depth": depth}
    fits, coefficients, candidates, held_out = {}, [], [], []
    for quantity, error in known.items():
        rows = np.flatnonzero(np.isfinite(error))
        target = np.log(error[rows])
        part = design.iloc[rows]
        folds = _year_folds(year[rows])
        table, predicted, form = _choose(part, target, folds, len(letters))
        columns = _columns(form, len(letters))
        estimate, deviation = _least_squares(part[columns].to_numpy(), target)
        limits = np.quantile(error[rows], [0.005, 0.995])
        fits[quantity] = _Fit(columns, estimate, (float(limits[0]), float(limits[1])))
        terms = [f"letter {name or 'none'}" for name in letters] + columns[len(letters) :]
        coefficients.append(
            pd.DataFrame(
                {"quantity": quantity, "term": terms, "estimate": estimate,
                 "standard_error": deviation}
            )
        )  # fmt: skip
        candidates.append(table.assign(quantity=quantity))
        held_out.append(
            pd.DataFrame(
                {"event_id": events["event_id"].to_numpy()[rows], "quantity": quantity,
                 "letter": np.array(letters)[letter[rows]], "known_km": error[rows],
                 "predicted_km": np.exp(predicted)}
            )
        )  # fmt: skip
    share, medians = _by_letter(letters, letter, horizontal, depth, fixed, fits, design)
    order = ["quantity", "form", "r2_held_out", "scatter_held_out", "chosen"]
    return ErrorRegression(
        letters,
        share,
        pd.concat(coefficients, ignore_index=True),
        pd.concat(candidates, ignore_index=True)[order],
        medians,
        pd.concat(held_out, ignore_index=True),
        fits,
    )


def _find_letters(events: pd.DataFrame, horizontal: np.ndarray) -> tuple[str, ...]:
    """Return the letters that enough known events have, by median horizontal error."""
    known = np.isfinite(horizontal)
    letter = events["quality"].to_numpy(dtype=object)[known]
    table = pd.Series(horizontal[known]).groupby(letter).agg(["median", "size"])
    table = table[table["size"] >= min(_MIN_LETTER, table["size"].max())].sort_values("median")
    return tuple(str(name) for name in table.index)


def _levels(events: pd.DataFrame, letters: tuple[str, ...]) -> np.ndarray:
    codes = pd.Index(letters).get_indexer(pd.Index(events["quality"]))
    return np.where(codes < 0, len(letters) - 1, codes)


def _design(events: pd.DataFrame, letter: np.ndarray, n_letters: int) -> pd.DataFrame:
    """Return the terms, each 0 at its middle value, which also stands in for a missing one."""
    columns = {f"letter{code}": (letter == code).astype(float) for code in range(n_letters)}
    rms = np.maximum(events["rms_s"].to_numpy(dtype=float), _LOWEST_RMS_S)
    columns |= {
        "phases": np.log((events["n_phases"].to_numpy(dtype=float) + 1) / 21),
        "rms": np.log(rms / 0.2),
        "depth": (events["depth_km"].to_numpy(dtype=float) - 5) / 10,
        "year": (events["time"].dt.year.to_numpy(dtype=float) - 2000) / 10,
    }
    return pd.DataFrame(columns).fillna(0.0)


def _columns(form: str, n_letters: int) -> list[str]:
    return [f"letter{code}" for code in range(n_letters)] + list(FORMS[form])


def _year_folds(year: np.ndarray) -> np.ndarray:
    """Return the fold of each row: runs of whole years of about equal counts, (n,) int."""
    years, counts = np.unique(year, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    fold = np.minimum((middle * _N_FOLDS).astype(int), _N_FOLDS - 1)
    return np.asarray(fold[np.searchsorted(years, year)])


def _choose(
    design: pd.DataFrame, target: np.ndarray, folds: np.ndarray, n_letters: int
) -> tuple[pd.DataFrame, np.ndarray, str]:
    """Return the table of candidates, the winner's held-out predictions and its name."""
    rows, predictions = [], {}
    for form in FORMS:
        values = design[_columns(form, n_letters)].to_numpy()
        predicted = np.full(len(target), target.mean())
        for fold in np.unique(folds):
            test = folds == fold
            if test.all():
                continue
            estimate, _ = _least_squares(values[~test], target[~test])
            predicted[test] = values[test] @ estimate
        residual = target - predicted
        spread = np.var(target)
        r2 = 1 - np.mean(residual**2) / spread if spread > 0 else np.nan
        rows.append({"form": form, "r2_held_out": r2, "scatter_held_out": residual.std()})
        predictions[form] = predicted
    table = pd.DataFrame(rows)
    error = [float(np.mean((target - predictions[form]) ** 2)) for form in FORMS]
    best = int(np.argmin(error))
    table["chosen"] = np.arange(len(table)) == best
    form = str(table["form"].iloc[best])
    return table, predictions[form], form


def _least_squares(values: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates and standard errors; a term without variation gets 0."""
    inverse = np.linalg.pinv(values.T @ values, hermitian=True)
    estimate = inverse @ (values.T @ target)
    freedom = max(1, len(target) - values.shape[1])
    variance = np.sum((target - values @ estimate) ** 2) / freedom
    return estimate, np.sqrt(np.maximum(np.diag(inverse), 0) * variance)


def _by_letter(
    letters: tuple[str, ...],
    letter: np.ndarray,
    horizontal: np.ndarray,
    depth: np.ndarray,
    fixed: np.ndarray,
    fits: dict[str, _Fit],
    design: pd.DataFrame,
) -> tuple[dict[str, float], pd.DataFrame]:
    share, rows = {}, []
    for code, name in enumerate(letters):
        known = np.flatnonzero((letter == code) & np.isfinite(horizontal))
        free = known[np.isfinite(depth[known])]
        told = free.size + int(fixed[known].sum())
        share[name] = float(fixed[known].sum() / told) if told else 1.0
        rows.append(
            {
                "letter": name,
                "n_known": known.size,
                "horizontal_km": _median(horizontal[known]),
                "depth_km": _median(depth[free]),
                "predicted_horizontal_km": _median(fits["horizontal"].predict(design.iloc[known])),
                "predicted_depth_km": _median(fits["depth"].predict(design.iloc[free])),
                "fixed_share": share[name],
            }
        )
    return share, pd.DataFrame(rows)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if values.size else float("nan")
