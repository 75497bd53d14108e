"""Networks of convolutions as PyTorch modules, for images of any size.

A module has no buffers, so that its parameters are all that it learns; its parts are
called ``body`` and ``head``.
"""

from functools import partial

from torch import nn

from fedorbit.base.torchvision import import_torchvision

GROUPS = 32  # groups of normalised channels, as in Wu and He, arXiv 1803.08494


class Parts(nn.Sequential):
    """Layers called ``body`` and ``head``, so that a plan's scope can name them."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body, head


def small_cnn(channels: int, height: int, width: int, classes: int) -> nn.Module:
    """Return two convolutions that halve the image, and two linear layers.

    Convolutions with a stride of 2 take half the time on a CPU of those with pooling.
    """
    flat = 32 * -(-height // 4) * -(-width // 4)
    body = nn.Sequential(
        nn.Conv2d(channels, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(flat, 32),
        nn.ReLU(),
    )
    return Parts(body, nn.Linear(32, classes))


def resnet18(channels: int, height: int, width: int, classes: int) -> nn.Module:
    """Return torchvision's ResNet-18 for small images, with group normalisation.

    The first convolution is 3 x 3 with stride 1 and no pooling follows it, as is
    usual for images of 32 x 32 (He et al., arXiv 1512.03385, section 4.2).
    """
    network = import_torchvision("models").resnet18(
        num_classes=classes, norm_layer=partial(nn.GroupNorm, GROUPS)
    )
    network.conv1 = nn.Conv2d(channels, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    head, network.fc = network.fc, nn.Identity()
    return Parts(network, head)


def resnet8(channels: int, height: int, width: int, classes: int) -> nn.Module:
    """Return a residual network with one block at each of 16, 32 and 64 channels.

    It is the ResNet of He et al. (arXiv 1512.03385, section 4.2) for n = 1, with
    group normalisation, and with a 1 x 1 convolution where a block changes shape.
    """
    block = import_torchvision("models.resnet").BasicBlock
    norm = partial(nn.GroupNorm, GROUPS // 4)

    def stage(inputs: int, outputs: int, stride: int) -> nn.Module:
        shorten = None
        if inputs != outputs:
            convolution = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            shorten = nn.Sequential(convolution, norm(outputs))
        return block(inputs, outputs, stride, shorten, norm_layer=norm)

    body = nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1, bias=False),
        norm(16),
        nn.ReLU(),
        stage(16, 16, 1),
        stage(16, 32, 2),
        stage(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    return Parts(body, nn.Linear(64, classes))
