# Ground deformation: tiles on a lattice, from EGMS as delivered, a file of your own, or simulated.
MMSTT = PAPERS["mmstt"]
# null in an overlay leaves a tile out
TILES = {name: entry for name, entry in MMSTT["tiles"].items() if entry is not None}


def tile_source(wildcards):
    """The file that a tile is made from; none where it is simulated."""
    entry = TILES[wildcards.tile]
    if "simulate" in entry:
        return []
    if "path" in entry:
        return [entry["path"]]
    name = f"_100km_{entry['component']}_"
    return [
        path for path in dataset_files(entry["dataset"]) if name in path and path.endswith(".zip")
    ]


def tile_files(names):
    """Tables of cells of some tiles."""
    return [results("deformation", name, "cells.parquet") for name in names]


def tile_datasets(names):
    """Registered datasets behind some tiles."""
    return sorted({TILES[name]["dataset"] for name in names if "dataset" in TILES[name]})


rule make_tile:
    """Put a tile's series on its lattice, with a mask."""
    message:
        "Tile {wildcards.tile}"
    input:
        source=tile_source,
    output:
        cells=results("deformation", "{tile}", "cells.parquet"),
        tile=results("deformation", "{tile}", "tile.json"),
        rejected=results("deformation", "{tile}", "rejected.csv"),
    wildcard_constraints:
        tile="|".join(TILES),
    params:
        simulate=lambda wildcards: TILES[wildcards.tile].get("simulate"),
        n_cells=MMSTT["tile_cells"],
        code=code("make_tile.py"),
    log:
        log("make_tile", "{tile}"),
    benchmark:
        cost("make_tile", "{tile}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_tile.py"
