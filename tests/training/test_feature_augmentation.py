"""Against the formulas written out, one triple at a time, and numerical gradients."""

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from morelli.training.feature_augmentation import mean_loss, mix_triples, worsened  # noqa: E402
from morelli.training.objectives import Loss  # noqa: E402


def test_some_triples_become_mixtures_and_the_others_stay():
    torch.manual_seed(3)
    triples = torch.randn(3, 40, 7)
    torch.manual_seed(5)
    got = mix_triples(triples, share=0.5)
    torch.manual_seed(5)
    partner = torch.randperm(40)[:20].tolist()
    part = (0.3 + 0.4 * torch.rand(20, 1)).flatten().tolist()
    for number in range(40):
        for which in range(3):
            wanted = triples[which, number]
            if number < 20:
                a, b = part[number], 1 - part[number]
                wanted = (a * wanted + b * triples[which, partner[number]]) / (a * a + b * b) ** 0.5
            torch.testing.assert_close(got[which, number], wanted)
    assert mix_triples(triples, share=0.0) is triples


def test_a_mixture_keeps_the_spread_of_features():
    torch.manual_seed(0)
    assert mix_triples(torch.randn(3, 20_000, 4), share=1.0).std() == pytest.approx(1, abs=0.01)


def test_every_feature_takes_a_step_towards_a_larger_loss():
    torch.manual_seed(1)
    weight = torch.randn(5, dtype=torch.double, requires_grad=True)
    features = torch.randn(6, 5, dtype=torch.double)

    def loss_of(inputs):
        value = functional.softplus(inputs.tanh() @ weight).mean()
        return Loss(value, torch.tensor(6), 6, value * 6)

    plain, moved = worsened(features, loss_of, step=0.01)
    assert plain.value == loss_of(features).value
    assert not moved.requires_grad
    for row in range(6):
        for column in range(5):
            ahead, behind = features.clone(), features.clone()
            ahead[row, column] += 1e-5
            behind[row, column] -= 1e-5
            slope = float(loss_of(ahead).value - loss_of(behind).value)
            assert float(moved[row, column] - features[row, column]) == pytest.approx(0.01 if slope > 0 else -0.01)
    assert loss_of(moved).value > plain.value
    both = mean_loss(plain, loss_of(moved))
    both.value.backward()
    assert weight.grad is not None
    assert float(both.value.detach()) == pytest.approx(float(plain.value + loss_of(moved).value) / 2)
    assert (int(both.active), both.examples, float(both.total.detach())) == (
        6,
        6,
        pytest.approx(6 * float(both.value.detach())),
    )
