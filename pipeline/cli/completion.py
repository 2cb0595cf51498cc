"""Shell completion: verbs by ourselves, groups and keys by Hydra's own completion."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.errors import ConfigError

_WORDS = (
    "run ingest annotate publish train-summarizer train-topic evaluate compare calibrate tune "
    "check labels verify retry models cache completion"
)

# Hydra expects to complete a program without verbs, so the verb is taken out of the line it sees.
_BASH = f"""\
_dateline() {{
    if (( COMP_CWORD == 1 )); then
        COMPREPLY=($(compgen -W "{_WORDS}" -- "${{COMP_WORDS[1]}}"))
        (( ${{#COMPREPLY[@]}} == 1 )) && COMPREPLY=("${{COMPREPLY[0]}} ")
        return
    fi
    local verb=${{COMP_WORDS[1]}}
    case $verb in
        models)
            COMPREPLY=($(compgen -W "list pull verify path export" \\
                -- "${{COMP_WORDS[COMP_CWORD]}}")) ;;
        cache)
            COMPREPLY=($(compgen -W "stats prune clear verify" -- "${{COMP_WORDS[COMP_CWORD]}}")) ;;
        labels)
            if (( COMP_CWORD == 2 )); then
                COMPREPLY=($(compgen -W "check" -- "${{COMP_WORDS[COMP_CWORD]}}"))
            else
                COMPREPLY=($(compgen -f -- "${{COMP_WORDS[COMP_CWORD]}}"))
            fi ;;
        verify|retry|compare)
            COMPREPLY=($(cd runs 2>/dev/null && compgen -d -- "${{COMP_WORDS[COMP_CWORD]}}")) ;;
        run|ingest|annotate|publish|train-summarizer|train-topic|evaluate|calibrate|tune)
            COMPREPLY=($(COMP_LINE="dateline${{COMP_LINE#*"$verb"}}" \\
                dateline "$verb" -sc query=bash 2>/dev/null)) ;;
    esac
}}
COMP_WORDBREAKS=${{COMP_WORDBREAKS//=}}
complete -o nospace -o default -F _dateline dateline
"""

_ZSH = "autoload -Uz +X bashcompinit && bashcompinit\n" + _BASH

_FISH = f"""\
function __dateline
    set -l words (commandline -opc)
    if test (count $words) -eq 1
        string split " " "{_WORDS}"
    else if test $words[2] = models
        string split " " "list pull verify path export"
    else if test $words[2] = cache
        string split " " "stats prune clear verify"
    else if test $words[2] = labels
        echo check
        __fish_complete_path (commandline -ct)
    else if contains -- $words[2] verify retry compare
        path basename runs/*/ 2>/dev/null
    else if contains -- $words[2] run ingest annotate publish train-summarizer train-topic \\
            evaluate calibrate tune
        set -l rest (string replace -r "^dateline $words[2]" "dateline" (commandline -cp))
        COMP_LINE=$rest dateline $words[2] -sc query=fish 2>/dev/null
    end
end
complete -f -c dateline -a "(__dateline)"
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion_script(words: Sequence[str]) -> str:
    """The script for the shell named; to be evaluated by it."""
    if len(words) != 1 or words[0] not in SCRIPTS:
        raise ConfigError('give one shell: eval "$(dateline completion bash)", zsh or fish')
    return SCRIPTS[words[0]]
