"""Fetch a dataset: whole and right, or not at all.

Order for each file: already there and right, the mirror, the first address, the others. pooch
places and checks the file; `_Downloader` under it tries the sources and tells why they failed.
"""

from __future__ import annotations

import fnmatch
import hashlib
import logging
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faultcast.catalog.lock import exclusive, read_lock, record_file
from faultcast.catalog.registry import DataFile, Dataset
from faultcast.catalog.sources import Source, is_web, list_sources
from faultcast.catalog.transfer import Session
from faultcast.errors import DownloadError, OutputError

_log = logging.getLogger(__name__)


def fetch_dataset(
    dataset: Dataset,
    folder: str | Path,
    *,
    mirror: str | Path | None = None,
    lock_path: str | Path,
    only: Sequence[str] | None = None,
    deadline_s: float = 3600.0,
    session: Session | None = None,
    environ: Mapping[str, str] = os.environ,
    log: logging.Logger = _log,
) -> list[Path]:
    """Bring the files of a dataset into `folder`.

    Parameters
    ----------
    dataset : entry of the registry.
    folder : the data folder (config key `data_dir`); files lie at their `path` below it.
    mirror : folder or base address that is asked first; it may hold `name.gz` of a file.
    lock_path : JSON file that holds the checksums which the registry does not know.
    only : patterns of paths (as in a shell); by default all files.
    deadline_s : for the whole dataset, waiting included.
    session : how to transfer; made from `deadline_s` by default.
    environ : where a user's key is looked up.

    Returns
    -------
    Places of the files, in the registry's order.

    Raises
    ------
    DownloadError
        A file cannot be had or is not what it must be; says what was expected, what came and
        what to do. Files fetched before stay; of this one nothing is in place.
    OutputError
        The data folder cannot be written.
    """
    job = _Job(
        dataset=dataset,
        root=Path(folder),
        mirror=mirror,
        lock_path=Path(lock_path),
        session=session or Session(deadline_s=deadline_s, log=log),
        environ=environ,
        log=log,
    )
    files = _chosen(dataset, only)
    for file in files:
        try:
            with exclusive(job.work(file, ".guard"), wait_s=job.session.remaining_s()):
                _fetch_file(job, file)
        except OSError as error:
            raise OutputError(
                f"cannot write {job.root / file.path}: {error.strerror or error}; free some "
                "space, mend the permissions or point the config key `data_dir` elsewhere"
            ) from error
    return [job.root / file.path for file in files]


def why_absent(
    dataset: Dataset,
    folder: str | Path,
    *,
    mirror: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> str | None:
    """Return what to do to get a dataset that cannot be fetched as things are; None if it can.

    Asks no network: an open dataset and one behind a mirror's address count as obtainable.
    """
    if dataset.access == "open" or (dataset.key and environ.get(dataset.key.environment)):
        return None
    if mirror is not None and is_web(mirror):
        return None
    for file in dataset.files:
        held = [Path(mirror, file.mirror_path + end) for end in ("", ".gz")] if mirror else []
        if not any(place.is_file() for place in [Path(folder, file.path), *held]):
            return _cure(dataset, file, Path(folder), mirror, environ)
    return None


def file_fault(path: Path, file: DataFile) -> str | None:
    """Return what is wrong with a file's bytes against the registry's entry; None if nothing.

    A zip without a checksum must at least be one: a server may refuse a key in words.
    """
    n_bytes = path.stat().st_size
    if file.bytes is not None and n_bytes != file.bytes:
        return f"{file.bytes} bytes were expected, {n_bytes} came"
    sha256, blob = _digests(path)
    if file.sha256 is not None and sha256 != file.sha256:
        return f"wrong checksum: sha256 {file.sha256} was expected, {sha256} came"
    if file.git_blob_sha1 is not None and blob != file.git_blob_sha1:
        return f"wrong checksum: git blob sha1 {file.git_blob_sha1} was expected, {blob} came"
    if not _is_known(file) and file.path.endswith(".zip") and not zipfile.is_zipfile(path):
        return "no whole zip file came (a page of the server, or a zip that was cut)"
    return None


@dataclass(frozen=True)
class _Job:
    dataset: Dataset
    root: Path
    mirror: str | Path | None
    lock_path: Path
    session: Session
    environ: Mapping[str, str]
    log: logging.Logger

    def work(self, file: DataFile, suffix: str) -> Path:
        """Return a working place on the same disk, outside every dataset's folder."""
        return self.root / ".partial" / (file.path.replace("/", "__") + suffix)


class _Downloader:
    """The downloader that pooch calls: the first source that gives the right bytes."""

    def __init__(self, file: DataFile, sources: Sequence[Source], partial: Path) -> None:
        self.file, self.sources, self.partial = file, sources, partial
        self.faults: list[str] = []

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        if not _is_known(self.file):
            # what an earlier run left cannot be told from something else
            self.partial.unlink(missing_ok=True)
        for source in self.sources:
            fault = self._bring(source)
            if fault is None:
                self.partial.replace(output_file)
                return
            self.faults.append(f"{source.name}: {fault}")
        raise DownloadError("no source gave the file")

    def _bring(self, source: Source) -> str | None:
        if not source.resumable:
            self.partial.unlink(missing_ok=True)
        resumed = self.partial.exists()
        try:
            source.bring(self.partial)
        except DownloadError as error:
            return str(error).removeprefix(f"{source.name}: ")
        fault = file_fault(self.partial, self.file)
        if fault is None:
            return None
        self.partial.unlink(missing_ok=True)
        return self._bring(source) if resumed else fault


def _fetch_file(job: _Job, file: DataFile) -> None:
    """Check the file in place or fetch it; record its checksum if the registry has none."""
    name = f"{job.dataset.id}/{file.path}"
    recorded = None if _is_known(file) else read_lock(job.lock_path).get(name)
    expected = file
    if recorded is not None:
        expected = replace(file, bytes=int(recorded["bytes"]), sha256=str(recorded["sha256"]))
    target = job.root / file.path
    fault = file_fault(target, expected) if target.is_file() else "absent"
    if fault is not None:
        if fault != "absent":
            job.log.warning("%s: %s; looking for the right file", target, fault)
        origin = f", recorded in {job.lock_path} on the first fetch" if recorded else ""
        _place(job, expected, fault, origin)
        job.log.info("%s: placed", target)
    if recorded is None and not _is_known(file):
        sha256, _ = _digests(target)
        record_file(job.lock_path, name, {"bytes": target.stat().st_size, "sha256": sha256})


def _place(job: _Job, file: DataFile, fault: str, origin: str) -> None:
    import pooch

    sources = list(list_sources(file, job.mirror, job.session, job.dataset.key, job.environ))
    downloader = _Downloader(file, sources, job.work(file, ".partial"))
    pooch.get_logger().setLevel(logging.WARNING)
    keeper = pooch.create(
        path=job.root,
        base_url="",
        registry={file.path: f"sha256:{file.sha256}" if file.sha256 else None},
        urls={file.path: sources[0].name if sources else "nowhere"},
    )
    target = job.root / file.path
    if file.sha256 is None and sources:
        target.unlink(missing_ok=True)  # wrong, but pooch could not tell
    try:
        if not sources:
            # pooch would take a file without a sha256 as it lies there
            raise DownloadError("no place is known")
        keeper.fetch(file.path, downloader=downloader)
    except DownloadError:
        tried = downloader.faults or ["no place is known for it"]
        if target.is_file():
            tried = [f"{target}: {fault}", *tried]
        cure = _cure(job.dataset, file, job.root, job.mirror, job.environ)
        if origin:
            cure += "\nTo take a new state of the source instead, delete that entry"
        raise DownloadError(
            f"{job.dataset.id}: {file.path} cannot be fetched. Expected: "
            f"{_expected(file)}{origin}. Tried:\n  " + "\n  ".join(tried) + f"\n{cure}"
        ) from None


def _is_known(file: DataFile) -> bool:
    return file.sha256 is not None or file.git_blob_sha1 is not None


def _digests(path: Path) -> tuple[str, str]:
    """Return sha256 and git blob sha1 of a file."""
    sha256 = hashlib.sha256()
    blob = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            blob.update(piece)
    return sha256.hexdigest(), blob.hexdigest()


def _chosen(dataset: Dataset, only: Sequence[str] | None) -> list[DataFile]:
    if only is None:
        return list(dataset.files)
    for pattern in only:
        if not any(fnmatch.fnmatchcase(file.path, pattern) for file in dataset.files):
            known = ", ".join(file.path for file in dataset.files[:5])
            raise DownloadError(f"{dataset.id}: no file matches {pattern!r}; it has {known}, ...")
    return [file for file in dataset.files if any(fnmatch.fnmatchcase(file.path, p) for p in only)]


def _expected(file: DataFile) -> str:
    size = f"{file.bytes} bytes" if file.bytes else "any size"
    if file.sha256:
        return f"{size}, sha256 {file.sha256}"
    return f"{size}, git blob sha1 {file.git_blob_sha1}" if file.git_blob_sha1 else size


def _cure(
    dataset: Dataset,
    file: DataFile,
    root: Path,
    mirror: str | Path | None,
    environ: Mapping[str, str],
) -> str:
    if dataset.access == "manual":
        return f"What to do: {dataset.how}. By hand: place the file as {root / file.path}"
    if dataset.access == "key" and dataset.key is not None:
        name = dataset.key.environment
        step = f"set the environment variable {name} to your key"
        if environ.get(name):
            step = (
                f"the key in {name} was sent; where it was refused (401, 403 or a page in place of "
                f"data) it is wrong or no longer valid: set the environment variable {name} to a "
                "new one"
            )
        return f"What to do: {step}. {dataset.how}. By hand: place the file as {root / file.path}"
    if mirror is None:
        return (
            "What to do: without network, set the config key `mirror` to a folder or base "
            f"address that holds {file.mirror_path} (or {file.mirror_path}.gz); else try later"
        )
    return (
        f"What to do: put {file.mirror_path} (or {file.mirror_path}.gz) into the mirror {mirror}, "
        "or connect to the network and try again"
    )
