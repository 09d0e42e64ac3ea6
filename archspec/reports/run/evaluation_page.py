"""An evaluation as parts of a page: classes, confusions, calibration, pictures of mistakes."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from archspec.diagnostics import SpecError
from archspec.escaping import clean
from archspec.figures.theme import color
from archspec.reports.run.evaluation_report import (
    MAX_CLASSES,
    MAX_CONFUSION,
    WORST,
    class_name,
    in_percent,
    worst_classes,
)
from archspec.training.evaluation import CalibrationBin, Evaluation, Mistake

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from archspec.datasets import Images

MAX_PICTURES: Final = 24
MAX_SIDE: Final = 160
"""Pixels of a picture in the page."""
SMALL: Final = 80
"""Pictures of fewer pixels a side are enlarged without blurring them."""
MAX_PAIRS: Final = 15
MAX_NAME: Final = 40
Section = tuple[str, str]


def evaluation_sections(
    evaluation: Evaluation, names: Sequence[str], images: Images | None
) -> list[Section]:
    """Titles and HTML; what there is nothing to show of is empty."""
    shown = [clean(class_name(names, k), MAX_NAME) for k in range(evaluation.classes)]
    return [
        ("Classes", _classes(evaluation, shown)),
        ("What is taken for what", _confusion(evaluation, shown)),
        ("Calibration", _calibration(evaluation)),
        ("The most confident mistakes", _mistakes(evaluation.mistakes, shown, images)),
    ]


def _classes(evaluation: Evaluation, names: Sequence[str]) -> str:
    """The accuracy of each class with a bar."""
    chosen, note = list(range(evaluation.classes)), ""
    if evaluation.classes > MAX_CLASSES // 2:
        chosen = worst_classes(evaluation)[:WORST]
        note = f'<p class="pale">The {len(chosen)} worst of {evaluation.classes} classes.</p>'
    rows = []
    for k in chosen:
        accuracy, count = evaluation.per_class[k], sum(evaluation.confusion[k])
        width = 0 if math.isnan(accuracy) else accuracy
        rows.append(
            f'<tr><td>{escape(names[k])}</td><td class="number">{in_percent(accuracy)}</td>'
            f'<td class="bar"><i style="width:{width:.1f}%"></i></td>'
            f'<td class="number pale">{evaluation.confusion[k][k]:,} of {count:,}</td></tr>'
        )
    return f'{note}<div class="wide"><table><tbody>{"".join(rows)}</tbody></table></div>\n'


# Confusions.


def _confusion(evaluation: Evaluation, names: Sequence[str]) -> str:
    small = evaluation.classes <= MAX_CONFUSION
    matrix = _matrix_of_numbers(evaluation, names) if small else _matrix_of_colours(evaluation)
    hint = "A row is a label, a column what was predicted; colours are shares of the row."
    pairs = _pairs(evaluation, names) if evaluation.classes > 2 else ""
    return f'<p class="pale">{hint}</p><div class="beside">{matrix}{pairs}</div>\n'


def _matrix_of_numbers(evaluation: Evaluation, names: Sequence[str]) -> str:
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in names)
    rows = (
        f'<tr><th scope="row">{escape(names[k])}</th>{"".join(_cells(k, row))}</tr>'
        for k, row in enumerate(evaluation.confusion)
    )
    return (
        '<div class="wide"><table class="confusion">'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cells(label: int, row: Sequence[int]) -> Iterator[str]:
    total = sum(row)
    for k, count in enumerate(row):
        if not count:
            yield "<td></td>"
            continue
        share = _shade(count / total)
        hue = "convolution-line" if k == label else "pooling-line"
        full = ' class="full"' if share > 0.5 else ""
        paint = f"background:color-mix(in srgb,var(--{hue}) {100 * share:.0f}%,var(--frame))"
        yield f'<td{full} style="{paint}">{count:,}</td>'


def _shade(share: float) -> float:
    """How strong a colour shows a share: a few in a hundred are to be seen, too."""
    return math.sqrt(share)


def _matrix_of_colours(evaluation: Evaluation) -> str:
    """A pixel for each pair of classes, as strong as its share of the row."""
    from PIL.Image import new

    size = evaluation.classes
    picture = new("RGBA", (size, size))
    right, wrong = (_rgb(name) for name in ("convolution-line", "pooling-line"))
    for label, row in enumerate(evaluation.confusion):
        for k, count in enumerate(row):
            if count:
                alpha = round(255 * _shade(count / sum(row)))
                picture.putpixel((k, label), (*(right if k == label else wrong), alpha))
    words = f"confusion matrix of {size} classes"
    return f'<img class="matrix" src="{_png(picture)}" alt="{words}">'


def _rgb(name: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color("light", name)[1:])
    return red, green, blue


def _pairs(evaluation: Evaluation, names: Sequence[str]) -> str:
    """The most frequent confusions, in words."""
    found = [
        (count, label, k)
        for label, row in enumerate(evaluation.confusion)
        for k, count in enumerate(row)
        if count and k != label
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1:]))
    rows = "".join(
        f"<tr><td>{escape(names[label])}</td><td>{escape(names[k])}</td>"
        f'<td class="number">{count:,}</td></tr>'
        for count, label, k in found[:MAX_PAIRS]
    )
    head = '<tr><th>label</th><th>taken for</th><th class="number">images</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""


# Calibration.


def _calibration(evaluation: Evaluation) -> str:
    """A reliability diagram: the accuracy of the images of each confidence."""
    bars = "".join(_bars(evaluation.calibration))
    axes = (
        '<path d="M40 10V210H240" fill="none" stroke="var(--pale)"/>'
        '<path d="M40 210L240 10" stroke="var(--pale)" stroke-dasharray="4 3"/>'
        '<g fill="var(--pale)" font-size="11">'
        '<text x="34" y="214" text-anchor="end">0</text>'
        '<text x="34" y="16" text-anchor="end">100</text>'
        '<text x="40" y="226">0</text><text x="240" y="226" text-anchor="end">100</text>'
        '<text x="140" y="240" text-anchor="middle">confidence, %</text>'
        '<text transform="translate(16 110) rotate(-90)" text-anchor="middle">accuracy, %</text></g>'
    )
    svg = f'<svg width="300" viewBox="0 0 252 246" role="img" aria-label="reliability">{bars}{axes}</svg>'
    words = (
        f"<p>Expected calibration error {in_percent(evaluation.calibration_error)}: the mean distance "
        "of the bars from the dashed line, weighted by their images. Mean confidence "
        f"{in_percent(evaluation.confidence)}, accuracy {in_percent(evaluation.top1)}.</p>"
        '<p class="pale">Bars below the line: the network is surer than it is right. '
        "Pale bars have fewer than 1 % of the images.</p>"
    )
    return f'<div class="beside">{svg}<div style="flex:1 1 260px">{words}</div></div>\n'


def _bars(bins: Sequence[CalibrationBin]) -> Iterator[str]:
    images, width = sum(part.images for part in bins), 200 / len(bins)
    for k, part in enumerate(bins):
        if part.images:
            height = 200 * part.correct / part.images
            opacity = 1 if part.images >= images / 100 else 0.35
            yield (
                f'<rect x="{40 + k * width + 0.5:.2f}" y="{210 - height:.2f}" width="{width - 1:.2f}" '
                f'height="{max(height, 0.7):.2f}" fill="var(--params)" opacity="{opacity}">'
                f"<title>{part.images:,} images, accuracy "
                f"{in_percent(100 * part.correct / part.images)}</title></rect>"
            )


# Pictures.


def _mistakes(mistakes: Sequence[Mistake], names: Sequence[str], images: Images | None) -> str:
    if images is None:
        return ""
    items: list[str] = []
    for mistake in mistakes:
        if len(items) == MAX_PICTURES:
            break
        if picture := _picture(images, mistake.index):
            label, predicted = names[mistake.label], names[mistake.predicted]
            items.append(
                f"<li>{picture}{escape(label)} → <b>{escape(predicted)}</b> "
                f"{100 * mistake.confidence:.1f}% "
                f'<span class="pale">#{mistake.index:,}</span></li>'
            )
    if not items:
        return ""
    hint = '<p class="pale">Label → prediction, its probability, the image\'s number.</p>'
    return f'{hint}<ul class="pictures">{"".join(items)}</ul>\n'


def _picture(images: Images, index: int) -> str | None:
    """A picture inside of the page; None if it cannot be read any more."""
    if not 0 <= index < len(images):
        return None
    try:
        pixels = images[index]
    except SpecError:
        return None
    small = ' class="small"' if max(pixels.shape[1:]) < SMALL else ""
    return f'<img{small} src="{_png(_as_picture(pixels))}" alt="image {index}">'


def _as_picture(pixels: NDArray[np.uint8]) -> Image:
    """Bytes, channel by channel, as a picture that is no larger than the page shows it."""
    from PIL.Image import fromarray

    three = len(pixels) == 3
    picture = fromarray(pixels.transpose(1, 2, 0) if three else pixels[0])
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    return picture


def _png(picture: Image) -> str:
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
