# A fault network of the user's own catalog and region: map, planes, completeness, exports.

OWN_NETWORK = results(
    "faults",
    f"{NETWORK['region']}/network",
    f"{NETWORK['criterion']}_{NETWORK['engine']}_{NETWORK['n_subsets']}",
)
PLANES = [results("network", f"planes.{kind}") for kind in ("csv", "geojson", "kml", "vtk")]

TARGETS["network"] = {
    "figures/map": {
        "inputs": {"events": selected("network"), "network": OWN_NETWORK},
        "options": {"region": box(NETWORK["region"], NETWORK["period"])},
        "datasets": catalog_datasets(NETWORK["catalog"]),
    },
    "figures/completeness": {
        "inputs": {"events": selected("network")},
        "datasets": catalog_datasets(NETWORK["catalog"]),
    },
}


rule export_planes:
    """The planes of the network for maps, globes and 3-D viewers."""
    message:
        "Export the planes of the network"
    input:
        network=OWN_NETWORK,
    output:
        csv=PLANES[0],
        geojson=PLANES[1],
        kml=PLANES[2],
        vtk=PLANES[3],
    params:
        region=box(NETWORK["region"]),
        code=code("export_planes.py"),
    log:
        log("export_planes"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/export_planes.py"


rule network:
    """Fault network of the catalog and region under `network` in the configuration."""
    message:
        "The network is complete"
    input:
        targets_of("network"),
        PLANES,
        results("catalog", NETWORK["region"], "network", "completeness.csv"),
