import math

import torch
from torch.distributions import Normal, kl_divergence

from faultcast.models import VariationalAutoencoder
from faultcast.train.losses import variational_loss


def fixed_posterior(model, mean, deviation):
    """Make the latent normal the same for all maps."""
    model.squeeze.weight.data.zero_()
    model.squeeze.bias.data.fill_(mean)
    model.log_variance.weight.data.zero_()
    model.log_variance.bias.data.fill_(2 * math.log(deviation))


def test_divergence_is_that_of_the_normals():
    model = VariationalAutoencoder(5, 6, latent_size=3)
    fixed_posterior(model, 1.5, 0.3)
    divergence = model.reconstruct(torch.rand(4, 5, 6))[1]
    expected = 3 * kl_divergence(Normal(1.5, 0.3), Normal(0.0, 1.0))
    torch.testing.assert_close(divergence, expected.expand(4))


def test_the_latent_is_drawn_in_training_and_the_mean_in_evaluation():
    torch.manual_seed(1)
    model = VariationalAutoencoder(4, 4, latent_size=1)
    fixed_posterior(model, 2.0, 0.5)
    model.decode = lambda latent, features: latent
    maps = torch.zeros(5000, 4, 4)
    with torch.no_grad():
        drawn = model(maps)
        assert abs(drawn.mean() - 2.0) < 0.03
        assert abs(drawn.std() - 0.5) < 0.03
        assert (model.eval()(maps) == 2.0).all()
        assert (model.encode(maps) == 2.0).all()


def test_draws_follow_torchs_seed():
    model = VariationalAutoencoder(6, 5)
    maps = torch.rand(3, 6, 5)

    def draw(seed):
        torch.manual_seed(seed)
        return model(maps)

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


def test_loss_is_the_evidence_bound_per_cell():
    model = VariationalAutoencoder(6, 5, latent_size=4).eval()
    maps = torch.rand(3, 6, 5)
    with torch.no_grad():
        reconstruction, divergence = model.reconstruct(maps)
        likelihood = Normal(reconstruction, 1.0).log_prob(maps).sum(dim=(1, 2))
        constant = 30 * 0.5 * math.log(2 * math.pi)
        bound = (likelihood + constant - divergence).mean()
        torch.testing.assert_close(variational_loss(model, maps), -bound * 2 / 30)


def test_loss_runs_the_encoder_once():
    model = VariationalAutoencoder(6, 5)
    variational_loss(model, torch.rand(3, 6, 5)).backward()
    assert model.encoder[0].norm.num_batches_tracked == 1
    # the divergence reaches both heads
    assert model.squeeze.weight.grad.abs().sum() > 0
    assert model.log_variance.weight.grad.abs().sum() > 0
