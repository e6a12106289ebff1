"""The claims of Tables II and III of EQPRED: which autoencoder reconstructs better than which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from faultcast.evaluate.eqpred.claims import Claim, Counts, printed_difference
from faultcast.evaluate.eqpred.reconstruction import (
    ScoredMaps,
    by_autoencoder,
    day_weights,
    measure_maps,
)
from faultcast.evaluate.eqpred.samples import difference

# of EQPRED's autoencoder and the variational one in Table II
LATENT_SIZE = 16


def reconstruction_claims(
    scored: list[ScoredMaps],
    values: Mapping[str, float],
    *,
    n_resamples: int,
    block_days: int,
    seed: int,
) -> Iterator[Claim]:
    """Yield the claims of Tables II and III, all protocols, for which autoencoders are given.

    Parameters
    ----------
    scored : as `collect_maps` returns them.
    values : printed numbers by id.
    """
    for protocol in dict.fromkeys(one.protocol for one in scored):
        weights = day_weights(scored, protocol, n_resamples, block_days, seed)
        jobs = dict(by_autoencoder(scored, protocol))
        samples = {key: measure_maps(seeds, weights) for key, seeds in jobs.items()}
        days = next(iter(jobs.values()))[0].days
        counts = Counts(len(days), int(days["is_event_day"].sum()))
        own, other = ("skip", LATENT_SIZE), ("vae", LATENT_SIZE)
        if own in samples and other in samples:
            for score in ("MSE", "variance"):
                stem = score.lower()
                yield Claim(
                    id=f"table2.eqpred_{stem}_below_vae",
                    claim=f"EQPRED's autoencoder has a lower {score} than a VAE",
                    protocol=protocol,
                    score=score,
                    compared="VAE - EQPRED",
                    claimed=printed_difference(
                        values, f"table2.vae.{stem}", f"table2.eqpred.{stem}", 1.0
                    ),
                    found=difference(samples[other][score], samples[own][score], seed=seed),
                    counts=counts,
                )
        sizes = sorted(size for kind, size in samples if kind == "skip")
        for small, large in pairwise(sizes):
            found = difference(
                samples["skip", small]["MSE"], samples["skip", large]["MSE"], seed=seed
            )
            yield Claim(
                id="table3.mse_falls_with_latent_size",
                claim="the MSE falls with the size of the latent space",
                protocol=protocol,
                score="MSE",
                compared=f"latent size {small} - {large}",
                claimed=printed_difference(
                    values, f"table3.latent{small}.mse", f"table3.latent{large}.mse", 1.0
                ),
                found=found,
                counts=counts,
            )
