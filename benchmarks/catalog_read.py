"""Time and memory of reading catalogs; each work in a process of its own.

FAULTCAST_DATA names the folder of the data (../shared/data by default).
"""

import multiprocessing
import os
import resource
import time
from pathlib import Path

import pandas as pd

from faultcast.catalog import merge_files, read_catalog


def merged(folder: Path) -> int:
    return len(read_catalog(folder / "merged/socal_1981_2020.csv.gz")[0])


def merged_pandas(folder: Path) -> int:
    """Read the same columns with pandas alone, unchecked: the peer."""
    path = folder / "merged/socal_1981_2020.csv.gz"
    return len(pd.read_csv(path, dtype={"evid": "str"}, parse_dates=["time"]))


def scsn_year(folder: Path) -> int:
    return len(read_catalog(folder / "scedc/SCSN/1992.catalog.gz")[0])


def scec_dc_year(folder: Path) -> int:
    return len(read_catalog(folder / "scedc/SCEC_DC/2019.asof20191011.catalog.gz")[0])


def merge(folder: Path) -> int:
    scsn, scec_dc = (sorted(folder.glob(f"scedc/{name}/*.gz")) for name in ("SCSN", "SCEC_DC"))
    return len(merge_files(scsn, scec_dc, sorted(folder.glob("comcat/*.gz")))[0])


def _measure(work, folder: Path, results) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    n_events = work(folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put((n_events, seconds, cpu, peak_mb))


def main() -> None:
    default = Path(__file__).resolve().parents[2] / "shared/data"
    folder = Path(os.environ.get("FAULTCAST_DATA", default))
    print(f"{'work':<16}{'events':>9}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}")
    context = multiprocessing.get_context("spawn")
    for work in (merged, merged_pandas, scsn_year, scec_dc_year, merge):
        results = context.Queue()
        process = context.Process(target=_measure, args=(work, folder, results))
        process.start()
        n_events, seconds, cpu, peak_mb = results.get()
        process.join()
        print(f"{work.__name__:<16}{n_events:>9,}{seconds:>9.2f}{cpu:>8.2f}{peak_mb:>9.0f}")


if __name__ == "__main__":
    main()
