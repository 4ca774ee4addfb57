"""Open data: what a published year gives to everybody, as tables that any program reads.

`tables` holds the table `EXPORTS`; how its rows are written is the matter of `csv_json`, `formula_workbook` and
`descriptions`, how a bundle proves itself that of `rebuild` and `recompute`.
"""
