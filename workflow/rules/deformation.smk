# Ground deformation: tiles on a lattice, from EGMS as delivered, a file of your own, or simulated.


rule make_tile:
    """Put a tile's series on its lattice, with a mask."""
    message:
        "Tile {wildcards.tile}"
    input:
        source=tile_source,
        lattice=tile_lattice,
    output:
        cells=results("deformation", "{tile}", "cells.parquet"),
        tile=results("deformation", "{tile}", "tile.json"),
        rejected=results("deformation", "{tile}", "rejected.csv"),
    wildcard_constraints:
        tile="|".join(TILES),
    params:
        making=tile_making,
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
