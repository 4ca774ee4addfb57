"""Open data: what a published year gives to everybody, as tables that any program reads.

`resources` holds the table `EXPORTS`; how its rows are written is the matter of `texts`, `books` and `packages`, how a
bundle proves itself that of `recompute`.
"""
