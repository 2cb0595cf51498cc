"""The errors a user can meet. Each message names the file, record or config key and the way out."""


def one_line(error: Exception) -> str:
    """What an error says, without the line breaks that some libraries put into it."""
    return " ".join(str(error).split())


def first_line(error: Exception) -> str:
    """The first line of what an error says; the error itself where it says nothing."""
    return (str(error).strip().splitlines() or [repr(error)])[0]


class DatelineError(Exception):
    """Anything Dateline stops for on purpose; shown as one line, without a traceback."""

    exit_code = 2


class ConfigError(DatelineError):
    """A configuration that cannot be run: unknown key, wrong type, missing value."""


class InputError(DatelineError):
    """Input that cannot be read at all: missing path, no matching file, missing column."""


class ModelError(DatelineError):
    """A model that is missing, has another digest than its card, or cannot be loaded."""


class LabelError(DatelineError):
    """A label table that is missing, or is not the one that its checksum was made of."""


class RunError(DatelineError):
    """A run directory that does not fit what was asked for, or is not what its receipts say."""


class RejectRateError(DatelineError):
    """More records were rejected than `run.max_reject_rate` allows; what was written is kept."""

    exit_code = 3


class GateError(DatelineError):
    """A score is under the floor that a gate has for it; what was evaluated is kept."""

    exit_code = 4


class StoppedError(DatelineError):
    """Somebody asked for an end; what was finished is kept, and the same command goes on."""

    exit_code = 130
    spent: object = None
    """What was spent on work that is not finished, for whoever keeps the account."""
