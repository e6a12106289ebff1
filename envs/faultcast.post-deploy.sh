#!/bin/sh
# Snakemake runs a copy of this, below .snakemake, in the working directory with the new
# environment active: it adds the package of this checkout, without its pins.
set -eu
if [ ! -f "$PWD/pyproject.toml" ]; then
    echo "$PWD holds no pyproject.toml; expected the checkout of faultcast:" \
        "start snakemake --sdm conda in the checkout, without --directory" >&2
    exit 1
fi
python -m pip install --quiet --no-deps --editable "$PWD"
