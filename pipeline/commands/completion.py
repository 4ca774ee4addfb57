"""The command completion: what makes a shell complete commands, options and choices, written from their table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pipeline.adapters.messages import LANGUAGES
from pipeline.arguments import COMMANDS, Command
from pipeline.core.ground.labels import Labels

# Each script walks over the words before the cursor, joins those that are commands, and looks the rest up.
_BASH: Final = """\
_parindex() {{
    local typed= before= words= index=0 one
    for one in "${{COMP_WORDS[@]}}"; do
        [ "$index" -lt "$COMP_CWORD" ] || break
        index=$((index + 1)) before=$one
        case "$typed $one" in
            {paths}) typed="$typed $one" ;;
        esac
    done
    case "$typed $before" in
        {choices}
        *) case "$typed" in
            {words}
        esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _parindex parindex
"""
_ZSH: Final = f"""\
(( $+functions[compdef] )) || {{{{ autoload -U compinit && compinit -i; }}}}
autoload -U bashcompinit && bashcompinit
{_BASH}"""
_FISH: Final = """\
function __parindex_words
    set -l typed ''
    set -l before ''
    for one in (commandline -opc)
        set before $one
        switch "$typed $one"
            case {paths}
                set typed "$typed $one"
        end
    end
    switch "$typed $before"
        {choices}
        case '*'
            switch "$typed"
                {words}
            end
    end
end
complete -c parindex -a '(__parindex_words)'
"""
_POWERSHELL: Final = """\
Register-ArgumentCompleter -Native -CommandName parindex -ScriptBlock {{
    param($word, $ast, $position)
    $paths = @({paths})
    $choices = @{{
        {choices}
    }}
    $words = @{{
        {words}
    }}
    $typed = ''
    $before = ''
    foreach ($element in $ast.CommandElements) {{
        if ($element.Extent.EndOffset -ge $position) {{ break }}
        $before = $element.Extent.Text
        if ($paths -ccontains "$typed $before") {{ $typed = "$typed $before" }}
    }}
    $found = if ($choices.ContainsKey("$typed $before")) {{ $choices["$typed $before"] }} else {{ $words[$typed] }}
    $found | Where-Object {{ $_.StartsWith($word) }} | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }}
}}
"""
# A shell -> its script, what stands between two commands, and how it writes the words that follow one.
_SHELLS: Final = {
    "bash": (_BASH, " | ", '"{}") words="{}" ;;', " "),
    "zsh": (_ZSH, " | ", '"{}") words="{}" ;;', " "),
    "fish": (_FISH, " ", "case '{}'; string split -- ' ' '{}'", " "),
    "powershell": (_POWERSHELL, ", ", "'{}' = @('{}')", "', '"),
}


def run(options: argparse.Namespace, _labels: Labels) -> int:
    """Print the script of a shell."""
    script, between, row, space = _SHELLS[options.shell]
    words = {"": [*COMMANDS, "--repo", "--lang", "--help"], **dict(_words(COMMANDS))}
    words[" help"] += COMMANDS
    choices = {" --lang": LANGUAGES, **dict(_choices(COMMANDS))}
    paths = between.join(f"'{path}'" for path in words if path)
    lines = {"choices": _rows(choices, row, space), "words": _rows(words, row, space)}
    sys.stdout.write(script.format(paths=paths, **lines))
    return 0


def _rows(table: Mapping[str, Sequence[str]], row: str, space: str) -> str:
    return "\n".join(row.format(before, space.join(words)) for before, words in table.items())


def _words(commands: Mapping[str, Command], above: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield what may follow each command: its parts, its options, the choices of its arguments."""
    for name, command in commands.items():
        rows = [*command.rows()]
        options = [one for row in rows for one in row.names if one.startswith("-")]
        choices = [one for row in rows if not row.names[0].startswith("-") for one in row.more.get("choices", ())]
        yield f"{above} {name}", [*command.parts, *choices, *options, "--help"]
        yield from _words(command.parts, f"{above} {name}")


def _choices(commands: Mapping[str, Command], above: str = "") -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what an option of a command may be given."""
    for name, command in commands.items():
        for row in command.rows():
            yield from ((f"{above} {name} {one}", row.more["choices"]) for one in row.names if "choices" in row.more)
        yield from _choices(command.parts, f"{above} {name}")
