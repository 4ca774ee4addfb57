"""Templates that try to leave their language, or to cost too much: known ways, for Word documents and pages alike.

Each is refused with a sentence. Where a template is filled with these values: `x` a text, `r` a mapping, `rows` a list.
"""

from __future__ import annotations

from typing import Final

VALUES: Final = {"x": "<b>", "r": {"a": "1"}, "rows": ["1", "2"]}

ESCAPES: Final = {
    "cycler": "{{ cycler.__init__.__globals__.os.system('id') }}",
    "joiner": "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "namespace": "{{ namespace.__init__.__globals__.os }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id') }}",
    "lipsum of one paragraph": "{{ lipsum(n=1) }}",
    "dict": "{{ dict.__base__.__subclasses__() }}",
    "self": "{{ self.__init__.__globals__ }}",
    "self by its hidden context": "{{ self._TemplateReference__context }}",
    "super": "{{ super.__self__ }}",
    "request": "{{ request.application.__globals__ }}",
    "config": "{{ config.items() }}",
    "mro of a text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "mro of a number": "{{ (1).__class__.__base__ }}",
    "mro of a list": "{{ [].__class__ }}",
    "mro of a field": "{{ x.__class__.__mro__ }}",
    "class by brackets": "{{ x['__class__'] }}",
    "class by joined words": "{{ x['__cl' ~ 'ass__'] }}",
    "class by a set word": "{% set a = '__class__' %}{{ r[a] }}",
    "class by hexadecimal letters": "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "attr": "{{ x|attr('__class__') }}",
    "attr twice": "{{ (x|attr('__class__'))|attr('__mro__') }}",
    "map by attribute": "{{ rows|map(attribute='__class__')|list }}",
    "map by filter": "{{ ['id']|map('upper')|list }}",
    "selectattr by class": "{{ rows|selectattr('__class__')|list }}",
    "groupby": "{{ rows|groupby('__class__') }}",
    "sort by attribute": "{{ rows|sort(attribute='__class__') }}",
    "sum by attribute": "{{ rows|sum(attribute='__class__') }}",
    "format of a text": "{{ '{0.__class__.__mro__}'.format(x) }}",
    "format_map of a text": "{{ '{a.__class__}'.format_map(r) }}",
    "format as a filter": "{{ '%s'|format(r) }}",
    "format as an operator": "{{ '%s' % x }}",
    "wide format": "{{ '%0999999999d' % 1 }}",
    "include": "{% include '/etc/passwd' %}",
    "include upwards": "{% include '../../data/access.yml' %}",
    "import": "{% import 'os' as os %}{{ os.system('id') }}",
    "import from": "{% from 'os' import system %}{{ system('id') }}",
    "extends": "{% extends '../mkdocs.yml' %}",
    "autoescape": "{% autoescape false %}{{ x }}{% endautoescape %}",
    "safe": "{{ x|safe }}",
    "do": "{% do rows.append('1') %}",
    "append": "{{ rows.append('1') }}",
    "pop": "{{ r.pop('a') }}",
    "update": "{{ r.update({'a': 2}) }}",
    "set of an attribute": "{% set n = r %}{% set n.a = 2 %}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "function of a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "environment of a macro": "{% macro m() %}{% endmacro %}{{ m['_environment'] }}",
    "caller": "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "caller's function": "{% macro m() %}{{ caller._func }}{% endmacro %}{% call m() %}{% endcall %}",
    "loop": "{% for a in rows %}{{ loop._iterable }}{% endfor %}",
    "loop by class": "{% for a in rows %}{{ loop.__class__ }}{% endfor %}",
    "cycle of a loop": "{% for a in rows %}{{ loop.cycle.__globals__ }}{% endfor %}",
    "an undefined's globals": "{{ nothing.__init__.__globals__ }}",
    "encode": "{{ x.encode('utf-16') }}",
    "join of a method": "{{ ''.join(rows) }}",
    "a group printed whole": "{{ r }}",
    "a list printed whole": "{{ rows }}",
    "a list joined whole": "{{ [r, r]|join(', ') }}",
    "a group as a text": "{{ 'a' ~ r }}",
}

BOMBS: Final = {
    "times": "{{ 'a' * 10**9 }}",
    "power": "{{ 9**9**9 }}",
    "shift": "{{ 10 * 10 * 10 }}",
    "range": "{% for a in range(10**9) %}{% endfor %}",
    "center": "{{ 'a'|center(1000000000) }}",
    "indent": "{{ 'a'|indent(1000000000) }}",
    "a number too long": "{{ " + "9" * 5000 + " }}",
    "loops in loops": "".join("{% for a in [1,2,3,4,5,6,7,8,9,0] %}" for _ in range(9)) + "x" + "{% endfor %}" * 9,
    "loops deeper than the language": "{% for a in rows %}" * 60 + "{% endfor %}" * 60,
    "doubled by setting": "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "doubled by a block": "{% set a = 'aaaaaaaaaa' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60,
    "replaced": "{{ 'aaaaaaaa'" + "|replace('a', 'aaaaaaaa')" * 20 + " }}",
    "joined": "{% set a = 'aaaaaaaaaaaaaaaa' %}" + "{% set a = [a, a, a, a, a, a, a]|join(a) %}" * 12 + "{{ a }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro that calls itself twice": "{% macro m(a) %}{% if a %}{{ m(a[1:]) }}{{ m(a[1:]) }}{% endif %}{% endmacro %}"
    "{{ m('" + "a" * 40 + "') }}",
    "lists compared": "{% set a = [1] %}{% set b = [1] %}"
    + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40
    + "{% if a == b %}{{ a == b }}{% endif %}{{ a }}",
    "letters of a text": "{% for a in 'aaa' %}{% endfor %}",
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "nots": "{{ " + "not " * 5000 + "1 }}",
}
