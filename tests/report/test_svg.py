from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure

from fedorbit.report.figures.style import save, use_style
from fedorbit.report.figures.svg import settled

DRAWN = """<svg width="518.4pt" height="338.456pt">
 <!-- m0123456789 at 1.23456 -->
 <defs><path id="m0123456789" d="M 0 0
L -0.001234 4.8
L 100.000001 1e-05
" style="stroke-width: 0.123456"/></defs>
 <g id="line2d_1" clip-path="url(#pabcdefabcd)">
  <use xlink:href="#m0123456789" x="52.175162" y="145.999"/>
  <text transform="rotate(-90 1.23456 2) translate(3.3333 -0.004)">m0123456789 1.23456 y="1.23456"</text>
  <image transform="scale(0.123456 1)" xlink:href="data:image/png;base64,iVBORw0KGgo="/>
 </g>
 <clipPath id="pabcdefabcd"/>
</svg>
"""  # noqa: E501


def test_places_are_rounded_and_names_numbered_and_nothing_else():
    assert settled(DRAWN) == (
        """<svg width="518.4pt" height="338.46pt">
 <!-- m0123456789 at 1.23456 -->
 <defs><path id="id1" d="M 0 0
L 0 4.8
L 100 1e-05
" style="stroke-width: 0.123456"/></defs>
 <g id="line2d_1" clip-path="url(#id2)">
  <use xlink:href="#id1" x="52.18" y="146"/>
  <text transform="rotate(-90 1.23 2) translate(3.33 0)">m0123456789 1.23456 y="1.23456"</text>
  <image transform="scale(0.123456 1)" xlink:href="data:image/png;base64,iVBORw0KGgo="/>
 </g>
 <clipPath id="id2"/>
</svg>
"""  # noqa: E501
    )
    assert settled(settled(DRAWN)) == settled(DRAWN)


def drawn(path, shift: float) -> bytes:
    """Return a figure with lines, markers, hatches, dots and an image."""
    use_style()
    figure = Figure()
    axes = figure.subplots(1, 2)
    x = np.linspace(0, 3, 7)
    axes[0].plot(x, np.exp(x) * (1 + shift), marker="s", markersize=5 * (1 + shift))
    axes[0].scatter(x, np.cos(x) + shift, s=20 * (1 + shift))
    axes[1].bar(x, 1 + x + shift, hatch="//", label="a bar")
    axes[1].imshow(np.outer(x, x), extent=(0, 1, 0, 1))
    axes[1].legend(title="$x_1^2$")
    axes[0].set(xlim=(-0.1, 3.1 + shift), ylim=(-2, 21))
    save(figure, path)
    return path.read_bytes()


def test_a_figure_does_not_hang_on_the_last_digits_of_its_numbers(tmp_path):
    plain = drawn(tmp_path / "a.svg", 0.0)
    assert drawn(tmp_path / "b.svg", 1e-9) == plain
    assert drawn(tmp_path / "c.svg", 1e-2) != plain


def test_every_name_that_a_figure_uses_is_in_it_once(tmp_path):
    root = ElementTree.fromstring(drawn(tmp_path / "a.svg", 0.0))
    names = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(names) == len(set(names))
    used = {
        value.partition("#")[2].rstrip(")")
        for element in root.iter()
        for key, value in element.items()
        if key.endswith("href") and value.startswith("#") or value.startswith("url(#")
    }
    assert len(used) > 4 and used <= set(names)
