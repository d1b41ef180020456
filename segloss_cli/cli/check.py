"""``segloss check PATH...``: judge a whole data set, as a gate."""

# without annotations from __future__, which are texts: Typer evaluates those of every flag twice

from typing import Annotated

import typer

from segloss_cli.cli import check_options as c
from segloss_cli.cli import options as o

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH...]", help="Folders, files or globs; the current folder if none.", show_default=False
    ),
]


def check(
    paths: Paths = None,
    *,
    images: c.Images = None,
    labels: c.Labels = None,
    predictions: c.Predictions = None,
    file_list: c.FileList = None,
    preset: c.Preset = None,
    num_classes: o.NumClasses = None,
    ignore_index: o.IgnoreIndex = None,
    names: o.Names = None,
    task: o.TaskName = None,
    reduce_zero_label: o.ReduceZeroLabel = False,
    loss: c.LossFor = None,
    class_weights: o.ClassWeights = None,
    member: o.Member = None,
    select: o.Select = None,
    ignore: o.Ignore = None,
    scope: c.Scope = None,
    fail_on: c.FailOn = None,
    max_warnings: c.MaxWarnings = None,
    exit_zero: o.ExitZero = False,
    allow_empty: c.AllowEmpty = False,
    baseline: c.Baseline = None,
    write_baseline: c.WriteBaseline = False,
    prune_baseline: c.PruneBaseline = False,
    form: c.Form = None,
    output: c.OutputFormats = None,
    max_findings: c.MaxFindings = None,
    summary: o.Summary = False,
    quiet: o.Quiet = False,
    jobs: c.Jobs = None,
    shard: c.Shard = None,
    no_cache: c.NoCache = False,
    cache_dir: c.CacheDir = None,
    config: c.Config = None,
    no_config: c.NoConfig = False,
    show_settings: c.ShowSettings = False,
) -> int:
    """Judge a whole data set: labels alone, with images, with predictions."""
    given = dict(locals())
    from segloss_cli.cli._check import Call, run

    call = {name: given.pop(name) for name in Call.__match_args__}
    return run(Call(**call), given)
