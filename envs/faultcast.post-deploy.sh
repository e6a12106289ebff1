#!/bin/sh
# Snakemake runs this inside the new environment: the package of this checkout, without its pins.
set -eu
python -m pip install --quiet --no-deps --editable "$(dirname "$0")/.."
