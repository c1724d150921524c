"""Files of weights with random values in the right names: networks as large as the real ones, that know nothing."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def made_weights(tmp_path_factory):
    """Return the function from a backbone's name to a file of random weights in its names."""
    torch = pytest.importorskip("torch")
    from safetensors.numpy import save_file

    from morelli.training.backbones.efficientnet_lite import EfficientNetLite
    from morelli.training.backbones.inception import InceptionV3
    from morelli.training.backbones.xception import Xception, keras_slots

    folder = tmp_path_factory.mktemp("weights")
    files = {}

    def random(network):
        """Random values, and the batch statistics that noise has under them: no layer's map grows or vanishes."""
        torch.manual_seed(0)
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.weight, 0.7, 1.3)
                torch.nn.init.normal_(module.bias, 0, 0.2)
                module.momentum = None  # a plain mean over what it sees
        with torch.no_grad():
            network.train()(torch.rand(8, 3, 75, 75))
        return network

    def back(slot):
        value = slot.target.detach().numpy()
        return value if slot.order is None else value.transpose(np.argsort(slot.order))

    def make(name):
        if name not in files:
            if name == "xception":
                found = {slot.name: back(slot) for slot in keras_slots(random(Xception()))}
            else:
                state = random(EfficientNetLite() if name == "lite0" else InceptionV3()).network.state_dict()
                found = {n: v.numpy() for n, v in state.items() if not n.endswith("tracked")}
            files[name] = folder / f"{name}.safetensors"
            about = {"origin": "a test", "licence": "CC0", "extent": "whole network"}
            # Contiguous: safetensors writes any other array in the order of its memory.
            save_file({n: np.ascontiguousarray(v) for n, v in found.items()}, files[name], metadata=about)
        return files[name]

    return make
