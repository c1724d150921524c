import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.backbone_map import choose_backbones  # noqa: E402
from morelli.looking.imagenet import imagenet_classes  # noqa: E402
from morelli.training.backbones.backbone import BackboneError  # noqa: E402


def test_they_are_the_networks_own_classifier(lite0_file, rng):
    [backbone] = choose_backbones(["lite0"], [lite0_file], values="own")
    classes = imagenet_classes(backbone)
    pictures = rng.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        wanted = backbone.network.network((x - 127) / 128).softmax(dim=1).numpy()
    found = classes.probabilities(backbone.maps(pictures).mean(dim=(2, 3)).numpy())
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert (classes.names[0], classes.names[207], classes.names[999]) == ("tench", "golden retriever", "toilet tissue")


def test_a_backbone_or_layer_without_a_classifier_is_refused(lite0_file):
    [inner] = choose_backbones(["lite0:stage6"], [lite0_file], values="own")
    with pytest.raises(BackboneError, match="reads the layer 'head', not 'stage6'"):
        imagenet_classes(inner)


@pytest.mark.slow
def test_real_weights_know_what_they_look_at(weights_folder, paintings_full_size):
    """Weights in a wrong layout give every picture the same class."""
    [backbone] = choose_backbones(["lite0"], [weights_folder / "efficientnet-lite0.safetensors"])
    classes = imagenet_classes(backbone)
    files = sorted(paintings_full_size.glob("*/*.jpg"))
    tops = [
        int(classes.probabilities(backbone.maps(backbone.view.open(file).pixels).mean(dim=(2, 3)).numpy()).argmax())
        for file in files
    ]
    assert len(set(tops)) > len(files) / 2


@pytest.mark.slow
def test_xceptions_file_holds_none(weights_folder):
    [backbone] = choose_backbones(["xception"], [weights_folder / "xception.safetensors"])
    with pytest.raises(BackboneError, match=r"holds? no classifier .*--catalogue and --split"):
        imagenet_classes(backbone)
