"""The table of verbs: what each is called with, what it does, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of `dateline`: `usage` and `about` for the help, `function` takes the words behind it.

    One with a configuration has a file `configs/NAME.yaml`, and `settings` is the class that takes
    all of it; the steps of a run have sections instead.
    """

    name: str
    usage: str
    about: str
    function: str
    is_configured: bool = False
    settings: str | None = None


def _configured(name: str, usage: str, about: str, settings: str | None = None) -> Verb:
    return Verb(name, usage, about, "pipeline.cli.configured.configured_command", True, settings)


VERBS = {
    verb.name: verb
    for verb in (
        _configured("run", "[KEY=VALUE ...]", "ingest, annotate and publish"),
        _configured(
            "inspect", "PATH ... [KEY=VALUE ...]",
            "what is in files, and the command that loads them",
        ),
        _configured("ingest", "[KEY=VALUE ...]", "source -> articles/"),
        _configured("annotate", "[KEY=VALUE ...]", "articles/ -> annotations/"),
        _configured("publish", "[KEY=VALUE ...]", "annotations/ -> published/"),
        Verb("show", "RUN", "the rows of a run, as a table", "pipeline.cli.runs.show_command"),
        _configured(
            "counts", "RUN by=[country,topic,month] to=FILE",
            "articles by country, topic, month: csv, xlsx, svg or png",
            "pipeline.workflow.counts.CountsSettings",
        ),
        _configured(
            "evaluate", "gold=FILE predictions=RUN [gate=NAME]",
            "scores of a run, or of a file that another tool predicted, on labelled articles; "
            "without predictions, KEY=VALUE of run, which is done first",
            "pipeline.evaluate.command.EvaluateSettings",
        ),
        _configured(
            "compare", "RUN RUN ... gold=FILE",
            "which run is better, by how much, and how sure that is",
            "pipeline.evaluate.compare.command.CompareSettings",
        ),
        _configured(
            "calibrate", "gold=FILE predictions=RUN to=FILE",
            "scores that are probabilities, and thresholds",
            "pipeline.train.calibration.command.CalibrateSettings",
        ),
        _configured(
            "tune", "sweep=NAME gold=FILE [KEY=VALUE ...]",
            "the best of many configurations of run", "pipeline.tune.settings.TuneSettings",
        ),
        _configured(
            "train-summarizer", "pairs=FILE to=DIR",
            "an adapter from article and summary pairs",
            "pipeline.train.summarizer.settings.TrainSettings",
        ),
        _configured(
            "train-topic", "rows=FILE to=DIR",
            "a topic classifier from articles with known topics",
            "pipeline.train.topic.command.TrainTopicSettings",
        ),
        _configured(
            "train-region", "gold=FILE to=DIR",
            "a model of the countries an article is about from labelled articles",
            "pipeline.train.region.settings.TrainRegionSettings",
        ),
        _configured(
            "train-support", "pairs=FILE to=DIR",
            "a support check from sentences that are judged right or wrong",
            "pipeline.train.support.settings.TrainSupportSettings",
        ),
        Verb("check", "FILE to=OUT [model=DIR]", "what of given summaries their articles support",
             "pipeline.cli.check.check_command"),
        Verb("labels", "check FILE", "is a labelled sample sound?",
             "pipeline.cli.labels.labels_command"),
        Verb("verify", "RUN", "is a run what its receipts say?",
             "pipeline.cli.runs.verify_command"),
        Verb("retry", "RUN", "try once more what a run rejected",
             "pipeline.cli.runs.retry_command"),
        Verb("withdraw", "RUN id=ID reason=TEXT",
             "take an article out of all that a run publishes",
             "pipeline.cli.runs.withdraw_command"),
        Verb("models", "list|pull|verify|path|export [NAME]",
             "the models of the configurations: which are here, and fetching them",
             "pipeline.cli.models.models_command"),
        Verb("cache", "stats|prune|clear|verify", "results of stages, kept for other runs",
             "pipeline.cli.cache.cache_command"),
        Verb("benchmark", "ingest", "how fast and how well Dateline works on this machine",
             "pipeline.cli.benchmark.benchmark_command"),
        Verb("completion", "bash|zsh|fish", "shell completion, for eval",
             "pipeline.cli.completion.completion_command"),
    )
}  # fmt: skip
