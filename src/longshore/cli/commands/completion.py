"""`shore completion bash|zsh|fish`: a script that asks `shore __complete` what fits."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]

BASH = r"""# shore completion for bash: eval "$(shore completion bash)"
_shore() {
    local word rest
    COMPREPLY=()
    while IFS=$'\t' read -r word rest; do
        COMPREPLY+=("$word")
    done < <(shore __complete "$COMP_CWORD" "${COMP_WORDS[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -F _shore shore
"""

ZSH = r"""#compdef shore
# shore completion for zsh: eval "$(shore completion zsh)", or this text as _shore in a folder of $fpath
_shore() {
    local -a found
    local word text
    while IFS=$'\t' read -r word text; do
        found+=("${word//:/\\:}${text:+:$text}")
    done < <(shore __complete $((CURRENT - 1)) "${(@)words[2,-1]}" 2>/dev/null)
    if (( ${#found} )); then
        _describe -V shore found
    else
        _files
    fi
}
if [[ $funcstack[1] == _shore ]]; then
    _shore "$@"
elif (( $+functions[compdef] )); then
    compdef _shore shore
fi
"""

FISH = r"""# shore completion for fish: shore completion fish | source
function __shore_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l found (shore __complete (count $before) $before[2..] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c shore -f -a '(__shore_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def add_arguments(parser: Parser) -> None:
    parser.add_argument("shell", choices=tuple(SCRIPTS), metavar="bash|zsh|fish")


def run(args: Args) -> int:
    print(SCRIPTS[args.shell], end="")
    return 0
