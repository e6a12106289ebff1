"""Faults in the papers' settings that the configuration's schema cannot see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

# folders of results beside which a variant's would lie
_STUDIES = ("control_poisson", "control_etas", "shuffled")
CHOSEN_TRIAL = "chosen"
QUAKE_FORMS = ("as_published_reset", "as_published_carried", "leak_free")


def kamer2020_faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of papers.kamer2020."""
    section = config["papers"]["kamer2020"]
    learned_from, past_end = day_of(section["period"][0]), day_of(section["past_end"])
    learned_until, target_from = day_of(section["period"][1]), day_of(section["target_period"][0])
    if past_end is None:
        yield f"papers.kamer2020.past_end: {section['past_end']!r} is no date; write YYYY-MM-DD"
    elif learned_from and learned_until and not learned_from < past_end < learned_until:
        yield (
            f"papers.kamer2020.past_end = {past_end}: not inside the learning period "
            f"[{learned_from}, {learned_until}]; forecasts learn from the part before it and "
            "choose on the part after it"
        )
    if learned_until and target_from and target_from < learned_until:
        yield (
            f"papers.kamer2020.target_period starts {target_from}, before the learning period "
            f"ends ({learned_until}): the test would be scored on learned events; move one of them"
        )


def eqpred_faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of papers.eqpred."""
    section = config["papers"]["eqpred"]
    key = "papers.eqpred"
    yield from _training_faults(f"{key}.training", section["period"], section["training"])
    if section["relief"] and not Path(section["relief"]).is_file():
        yield f"{key}.relief = {section['relief']!r}: no such file; give one, or null for no relief"
    if not set(section["other_seeds"]) & set(config["seeds"]):
        yield (
            f"{key}.other_seeds = {section['other_seeds']}: none of them is among "
            f"seeds = {config['seeds']}, so these rows would not be trained; name at least one"
        )
    for name, variant in section["variants"].items():
        if name in (section["region"], *_STUDIES):
            yield (
                f"{key}.variants.{name}: the name of another study, whose results it would "
                "overwrite; choose another"
            )
        if variant is not None:
            period = variant.get("period", section["period"])
            training = section["training"] | variant.get("training", {})
            if "period" in variant:
                yield from period_faults(f"{key}.variants.{name}.period", period)
            yield from _training_faults(f"{key}.variants.{name}.training", period, training)


def hierarchicalquake_faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of papers.hierarchicalquake."""
    section = config["papers"]["hierarchicalquake"]
    key = "papers.hierarchicalquake"
    studies = {name: study for name, study in section["studies"].items() if study is not None}
    if section["study"] not in studies:
        yield f"{key}.study = {section['study']!r}: not under {key}.studies: {', '.join(studies)}"
    if not set(section["seeds"]) & set(config["seeds"]):
        yield (
            f"{key}.seeds = {section['seeds']}: none of them is among seeds = {config['seeds']}, "
            "so nothing would be trained; name at least one"
        )
    for name in sorted(set(section["mixtures"]) & set(QUAKE_FORMS)):
        yield f"{key}.mixtures.{name}: the name of another protocol; choose another"
    parts = section["parts"]
    forms = (*QUAKE_FORMS, *section["mixtures"])
    for name, study in studies.items():
        for form in study.get("forms", ()):
            if form not in forms:
                yield (
                    f"{key}.studies.{name}.forms: {form!r} is not known; "
                    f"known: {', '.join(forms)}; others are made under {key}.mixtures"
                )
        yield from selection_faults(config, f"{key}.studies.{name}", study)
        start, end = (day_of(day) for day in study["period"])
        if start is None or end is None:
            continue
        needed = study["n_origins"] * parts["test_days"] + parts["validation_before_test"][0][0]
        if (end - start).days <= needed:
            yield (
                f"{key}.studies.{name}.period: {(end - start).days} days; {study['n_origins']} "
                f"test blocks of {parts['test_days']} days, and the validation before the first, "
                f"need more than {needed}: choose a longer period or fewer origins"
            )
    for name in _STUDIES:
        if name in studies:
            yield (
                f"{key}.studies.{name}: the name of another study, whose results it would "
                "overwrite; choose another"
            )


def mmstt_faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of papers.mmstt."""
    section = config["papers"]["mmstt"]
    key = "papers.mmstt"
    tiles = [name for name, tile in section["tiles"].items() if tile is not None]
    for role in ("scored", "transfer"):
        for name in section[role]:
            if name not in tiles:
                yield f"{key}.{role}: {name!r} is not under {key}.tiles: {', '.join(tiles)}"
    for name in tiles:
        path = section["tiles"][name].get("path")
        if path is not None and not Path(path).is_file():
            yield f"{key}.tiles.{name}.path = {path!r}: no such file; give an EGMS file"
        on = section["tiles"][name].get("lattice_of")
        if on is not None and (on not in tiles or "lattice_of" in section["tiles"][on]):
            yield (
                f"{key}.tiles.{name}.lattice_of = {on!r}: not a tile with a lattice of its own; "
                f"the tiles are {', '.join(tiles)}"
            )
        yield from _own_tile_faults(f"{key}.tiles.{name}", section["tiles"][name])
        if "windows" in section["tiles"][name] and name in section["scored"]:
            yield (
                f"{key}.tiles.{name}.windows: of its own, but it is under {key}.scored, where all "
                "tiles share theirs; leave one of them out"
            )
        yield from _unused_step_faults(f"{key}.tiles.{name}", name, section)
    if section["trials"].get(CHOSEN_TRIAL) is not None:
        yield (
            f"{key}.trials.{CHOSEN_TRIAL}: the name under which the trial that validation chose "
            "stands in tables; choose another"
        )
    others = {"also_train": section["also_train"]} | {
        f"trials.{name}.also_train": trial.get("also_train", ())
        for name, trial in section["trials"].items()
        if trial is not None
    }
    for role, names in others.items():
        for name in sorted(set(names) - set(tiles)):
            yield f"{key}.{role}: {name!r} is not under {key}.tiles: {', '.join(tiles)}"
        if both := sorted(set(section["scored"]) & set(names)):
            yield f"{key}.{role}: {', '.join(both)} under {key}.scored too; leave it out here"
    if not set(section["seeds"]) & set(config["seeds"]):
        yield (
            f"{key}.seeds = {section['seeds']}: none of them is among seeds = {config['seeds']}, "
            "so nothing would be trained; name at least one"
        )
    windows = section["windows"]
    if windows["validation_epochs"] < windows["n_out"]:
        yield (
            f"{key}.windows.validation_epochs = {windows['validation_epochs']}: fewer than n_out = "
            f"{windows['n_out']}, so no window fits; give more"
        )


def _own_tile_faults(key: str, tile: Mapping[str, Any]) -> Iterator[str]:
    if "stations" in tile:
        yield from period_faults(f"{key}.stations.period", tile["stations"]["period"])
    if "step" in tile and "simulate" in tile:
        yield f"{key}.step: of a simulated tile it is simulate.step; leave this one out"
    if "step" in tile and day_of(tile["step"]) is None:
        yield f"{key}.step: {tile['step']!r} is no date; write YYYY-MM-DD"


def _unused_step_faults(key: str, name: str, section: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fault of a step that no table takes; simulated tiles have one of their own."""
    tile = section["tiles"][name]
    given = "step" in tile and "simulate" not in tile
    if given and name in section["scored"] and name not in section["transfer"]:
        yield (
            f"{key}.step = {tile['step']}: the tile is under papers.mmstt.scored, whose tables set "
            "no step apart, only table 3 does: leave step out, or put the tile under "
            "papers.mmstt.transfer"
        )


def _training_faults(key: str, period: Sequence[Any], training: Mapping[str, Any]) -> Iterator[str]:
    start, end = (day_of(day) for day in period)
    test = [str(training[name]) for name in ("test_start", "test_end")]
    key = f"{key}.test_start, test_end"
    yield from period_faults(key, test)
    test_start, test_end = (day_of(day) for day in test)
    if start is None or end is None or test_start is None or test_end is None:
        return
    needed_days = training["validation_days"] + 365
    if (test_start - start).days < needed_days:
        yield (
            f"{key} = {test}: only {(test_start - start).days} days of the period lie before the "
            f"first test day; training and validation need {needed_days}: start the test later"
        )
    if test_end > end:
        yield f"{key} = {test}: the test ends after the period ({end}): end it earlier"


def selection_faults(
    config: Mapping[str, Any], key: str, section: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the faults of a section that names regions, catalogs and periods."""
    for kind, table in (
        ("region", "regions"),
        ("target_region", "regions"),
        ("catalog", "catalogs"),
    ):
        name = section.get(kind)
        if name is not None and name not in config[table]:
            known = ", ".join(config[table])
            yield f"{key}.{kind} = {name!r}: not under `{table}`; known: {known}"
    for kind in ("period", "target_period"):
        if kind in section:
            yield from period_faults(f"{key}.{kind}", section[kind])


def period_faults(key: str, period: Sequence[Any]) -> Iterator[str]:
    """Yield the faults of [first day, day after the last]."""
    days = [day_of(value) for value in period]
    for value, day in zip(period, days, strict=True):
        if day is None:
            yield f"{key}: {value!r} is no date; write YYYY-MM-DD"
    start, end = days if len(days) == 2 else (None, None)
    if start and end and not start < end:
        yield f"{key} = [{start}, {end}]: the end must lie after the start (it is excluded)"


def day_of(value: Any) -> date | None:
    """Return a date, or None if the value is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
