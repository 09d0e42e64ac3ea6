"""``archspec match``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Spec, inputs_of
from archspec.cli.printing import ResultFormat, print_data, print_table


def match(
    spec: Spec,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME[=RANGE]",
            help="A parameter to vary, perhaps in a range: width=8:128:8. Can be repeated.",
            show_default=False,
        ),
    ],
    to: Annotated[
        list[str],
        typer.Option(
            "--to",
            metavar="BUDGET",
            help="params=25M, 'macs<=1G', params=densenet121. Can be repeated.",
            show_default=False,
        ),
    ],
    format: ResultFormat = "table",
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Find the value of a parameter with which a network meets a budget.

    With = a count comes as near as it gets; with <= the network is as large as fits.

    \b
    archspec match resnet50 --vary base_width --to params=densenet121
    archspec match resnet50 --vary base_width --to 'macs<=1G' --to 'saved<=200MB'
    archspec match resnet50 --vary 'depths[2]' --to 'weight_layers>=101' --format json
    archspec match densenet121 --vary depths[2]=6:48:6 --vary growth --to params=resnet50
    """
    from archspec.analyses.search import match as find
    from archspec.reports.analyses import search_report as report
    from archspec.workspace.settings import setting

    fixed = {name: written.value for name, written in map(setting, settings)}
    shape = inputs_of(input)
    options = {} if max_layers is None else {"max_layers": max_layers}
    found = find(spec, vary, to, input=shape, fixed=fixed, **options)
    if format == "json":
        print_data(report.match_json(found))
    elif format == "csv":
        print_data(report.match_csv(found))
    else:
        print_table(report.match_table(found), format)
