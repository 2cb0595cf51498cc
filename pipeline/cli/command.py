"""The `dateline` command: finds the verb, calls it, and turns errors into a line and an exit code.

Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import signal
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

from pipeline.cli.verbs import VERBS, Verb
from pipeline.core.errors import DatelineError
from pipeline.core.version import __version__

INTERRUPTED = 130

_COLUMN = 38
_WIDTH = 100

_ABOUT = """\
dateline: news articles in; region, topic and a checked summary of each out.

"""
_MORE = """
Try:
  dateline run                                        the bundled sample
  dateline run source=text source.path=articles/ run.name=monday
  dateline run source=csv source.path=a.csv source.fields.text=body summarizer=lead
  dateline run --help                                 its groups and keys
  dateline run topic=zero_shot --help                 the keys of an option
  dateline run --cfg job                              the composed configuration

Options of verbs with keys, anywhere on the line: --help, --quiet (errors only), --config-dir DIR
(your configurations), --cfg job, --multirun (a,b are two runs); of every verb: --debug (traceback).
Exit codes: 0 done, 2 usage or configuration, 3 too many rejects, 4 under a floor of
the gate, 130 interrupted.
"""


def main() -> None:
    """Entry point; exits with the code of what was asked for."""
    code = run_command(sys.argv[1:])
    # The work is done: a late signal ends the process as it would any other, without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants to be left alone
            signal.signal(number, signal.SIG_DFL)
    sys.exit(code)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code, having printed at most a line on an error."""
    words = [word for word in arguments if word != "--debug"]
    debug = len(words) != len(arguments)
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        print(help_text(), end="")
        return 0
    if name == "--version":
        print(f"dateline {__version__}")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # there is nothing to tell yet
    if name not in VERBS:
        from difflib import get_close_matches

        near = get_close_matches(name, VERBS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see dateline --help"
        print(f"dateline: no verb {name!r}; {hint}", file=sys.stderr)
        return DatelineError.exit_code
    try:
        return _called(VERBS[name], words[1:])
    except DatelineError as error:
        if debug:
            raise
        from pipeline.core.secrets import redacted

        print(f"dateline: {redacted(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        if debug:
            raise
        print(
            "dateline: interrupted; finished shards are kept, the same command goes on from there",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`dateline run | head`); nothing is wrong with the run.
        from pipeline.cli.configured import drop_output

        drop_output()
        return 0


def help_text() -> str:
    """What `dateline --help` prints."""
    return _ABOUT + "".join(_lines(VERBS.values())) + _MORE


def _lines(verbs: Iterable[Verb]) -> Iterator[str]:
    for verb in verbs:
        call = f"  dateline {verb.name} {verb.usage}"
        about = textwrap.wrap(verb.about, _WIDTH - _COLUMN)
        if len(call) >= _COLUMN:
            yield f"{call}\n"
            call = ""
        for line in about:
            yield f"{call:{_COLUMN}}{line}\n"
            call = ""


def _called(verb: Verb, words: Sequence[str]) -> int:
    module, _, name = verb.function.rpartition(".")
    function = getattr(import_module(module), name)
    code: int = function(words, verb.name) if verb.is_configured else function(words)
    return code


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
