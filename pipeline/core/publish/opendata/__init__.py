"""Open data: what a published year gives to everybody, as tables that any program reads.

A new table is a row of `EXPORTS` in `tables`, with the words of its title and fields in the labels; a field says all
that the files need to know of it (`fields`). `csv_json`, `formula_workbook` and `descriptions` write the files;
`rebuild` reads a year back from a bundle, `recompute` scores it again and compares. May enter: a table of a year's
records or results. May not: figures that pages alone show.
"""
