"""docs/eqpred.md tells what the registry makes."""

from pathlib import Path

import pytest

from faultcast.models.registry import ROWS, make_autoencoder, make_predictor

DOCS = Path(__file__).parents[3] / "docs" / "eqpred.md"


def _documented():
    rows = {}
    for line in DOCS.read_text().splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0] in {row.title for row in ROWS.values()}:
            rows[cells[0]] = cells[1:]
    return rows


def _weights(network):
    return f"{sum(values.numel() for values in network.parameters()):,}"


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_table_of_models_is_that_of_the_registry(row):
    autoencoder, its_weights, predictor, weights = _documented()[row.title]
    if row.autoencoder is None:
        assert (autoencoder, its_weights) == ("none", "")
    else:
        assert autoencoder == row.autoencoder
        assert its_weights == _weights(make_autoencoder(autoencoder, 40, 60, 16))
    assert predictor == row.predictor
    shape = (1,) if row.autoencoder else (40, 60)
    assert weights == _weights(make_predictor(predictor, shape, 30))
