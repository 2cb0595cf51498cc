"""Shell completion: verbs, groups with their options, keys, runs and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.cli.verbs import VERBS
from pipeline.core.errors import ConfigError

_WORDS = " ".join(VERBS)
_RUNS = [
    name for name in ("show", "verify", "retry", "withdraw", "compare", "counts") if name in VERBS
]
_KEYS = [verb.name for verb in VERBS.values() if verb.is_configured and verb.name not in _RUNS]

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
        {"|".join(_RUNS)})
            COMPREPLY=($(cd runs 2>/dev/null && compgen -d -- "${{COMP_WORDS[COMP_CWORD]}}")) ;;
        {"|".join(_KEYS)})
            COMPREPLY=($(dateline completion words "$verb" \\
                "${{COMP_WORDS[@]:2:COMP_CWORD-1}}" 2>/dev/null)) ;;
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
    else if contains -- $words[2] {" ".join(_RUNS)}
        path basename runs/*/ 2>/dev/null
    else if contains -- $words[2] {" ".join(_KEYS)}
        dateline completion words $words[2..] (commandline -ct) 2>/dev/null
    end
end
complete -f -c dateline -a "(__dateline)"
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion_command(words: Sequence[str]) -> int:
    """Run `dateline completion WORDS`; returns the exit code.

    Raises:
        ConfigError: no shell is named.
    """
    if len(words) > 1 and words[0] == "words":
        verb, *typed = words[1:]
        print("\n".join(candidates(verb, typed)))
    elif len(words) == 1 and words[0] in SCRIPTS:
        print(SCRIPTS[words[0]], end="")
    else:
        raise ConfigError('give one shell: eval "$(dateline completion bash)", zsh or fish')
    return 0


def candidates(verb: str, typed: Sequence[str]) -> Iterator[str]:
    """What the last of the words behind a verb may become: GROUP=OPTION, KEY= and `node.`, up to
    the next dot."""
    from omegaconf import OmegaConf

    from pipeline.config.compose import CONFIGS, chosen_groups, is_group, keys_below

    *before, last = typed or [""]
    key, is_valued, start = last.partition("=")
    if is_valued:
        for path in sorted((CONFIGS / key).glob("*.yaml")) if is_group(key, ()) else ():
            if path.stem.startswith(start):
                yield f"{key}={path.stem}"
        return
    config = chosen_groups(verb, before, ())
    keys = list(keys_below(OmegaConf.to_container(config, resolve=False)))
    groups = [f"{name}=" for name in map(str, config) if is_group(name, ())]
    inner = {name.rpartition(".")[0] for name in keys}
    leaves = [f"{name}." if name in inner else f"{name}=" for name in keys]
    depth = last.count(".")
    for word in sorted({*groups, *leaves}):
        if word.startswith(last) and word.rstrip(".").count(".") == depth:
            yield word
