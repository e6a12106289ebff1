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


use rule export_studied_planes as export_planes with:
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
    log:
        log("export_planes"),


rule network:
    """Fault network of the catalog and region under `network` in the configuration."""
    message:
        "The network is complete"
    input:
        targets_of("network"),
        PLANES,
        results("catalog", NETWORK["region"], "network", "completeness.csv"),
