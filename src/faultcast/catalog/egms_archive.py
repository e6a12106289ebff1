"""Any file of the EGMS archive by its name, with the user's key.

python -m faultcast.catalog.egms_archive NAME [--data-dir data] [--registry resources/datasets.yaml]

The registry names one tile that lies behind a key; address, key and licence of all others are its
own. docs/how-to.md says how a tile that was fetched so becomes one of a run.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from faultcast.catalog.download import fetch_dataset
from faultcast.catalog.registry import Registry, load_registry
from faultcast.errors import ConfigError, FaultcastError

EXAMPLE = "egms_l3_e32n34"
# years and version are missing in the first releases, up to 2015-2021
_NAME = re.compile(
    r"EGMS_(L3_E\d+N\d+_100km_[UE]|L2[ab]_\d{3}_\d{4}_IW\d_[VH]{2})(_\d{4}_\d{4}_\d+)?"
)


def fetch_archive_file(
    registry: Registry, name: str, folder: str | Path, *, mirror: str | Path | None = None
) -> Path:
    """Bring one file of the archive into the data folder.

    Parameters
    ----------
    registry : the repository's; its entry `EXAMPLE` says where the archive is.
    name : as EGMS names the file, with or without ".zip".
    folder : the data folder (config key `data_dir`); the file lies below `deformation/egms` in it,
        and its checksum in `lock.json`.
    mirror : folder or base address that is asked first.

    Raises
    ------
    ConfigError
        The name is none of a level 2 or level 3 file.
    DownloadError
        There is no key, it was refused, or what came is no zip; says what to do.
    """
    name = name.removesuffix(".zip")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no file of EGMS; expected a name as "
            "EGMS_L3_E32N34_100km_U_2018_2022_1 or EGMS_L2b_022_0845_IW2_VV_2020_2024_1, of "
            "2015-2021 without years: EGMS_L3_E32N34_100km_U"
        )
    example = registry[EXAMPLE]
    file = example.files[0]
    known = PurePosixPath(file.path).stem
    path = f"deformation/egms/{name}.zip"
    wanted = replace(
        example,
        id="egms_archive",
        title=f"EGMS, {name}",
        files=(
            replace(
                file,
                path=path,
                mirror_path=path,
                urls=tuple(url.replace(known, name) for url in file.urls),
            ),
        ),
    )
    (found,) = fetch_dataset(wanted, folder, mirror=mirror, lock_path=Path(folder, "lock.json"))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch one file and print its place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="as EGMS_L3_E32N34_100km_U_2018_2022_1")
    parser.add_argument("--data-dir", default="data", help="config key data_dir")
    parser.add_argument("--registry", default="resources/datasets.yaml")
    parser.add_argument("--mirror", default=None, help="folder or address that is asked first")
    given = parser.parse_args(arguments)
    registry = load_registry(given.registry)
    print(fetch_archive_file(registry, given.name, given.data_dir, mirror=given.mirror))


if __name__ == "__main__":
    try:
        main()
    except FaultcastError as error:
        sys.exit(f"faultcast: {error}")
