"""``archspec weights diff``."""

from pathlib import Path

from archspec.cli.commands.weights.arguments import Expand, File, WeightsFormat
from archspec.cli.printing import print_data, print_table


def diff(
    first: File, second: File, expand: Expand = False, format: WeightsFormat = "table"
) -> None:
    """Compare two files of weights: their keys, shapes and numbers.

    \b
    archspec weights diff before.safetensors after.safetensors
    archspec weights diff resnet18.pth resnet18.safetensors --format json
    """
    from archspec.reports.weights import difference_report
    from archspec.weights import read
    from archspec.weights.difference import difference

    short = Path(first).name, Path(second).name
    names = short if short[0] != short[1] else (first, second)
    found = difference(read(first), read(second))
    if format == "json":
        print_data(difference_report.difference_json(names, found))
    else:
        print_table(difference_report.difference_table(names, found, expand=expand))
