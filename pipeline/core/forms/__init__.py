"""The forms of a stage: the questions, how a form is drawn, what came back, and the messages about it.

May enter: what a person fills in, what is read out of it, and the receipt. May not: which program paints or opens a
workbook (`adapters/workbooks`, `adapters/spreadsheets`), what a page looks like (`site_templates/form`), and what a
wrong file gets as a message (`index/laws`).

The way of a form: `asking` makes the one model, which alone knows stages, rules and who owes what; `workbook` and
`web_page` paint it. What came back is tied to its model by `manifest` and `identity`; `read_tables` finds the tables of
a workbook, `read_values` says what a cell means, `read_back` makes the content of the files, of a page as of a
workbook, and `unread` names what nobody reads. `receipts` tells the sender.

A new field, column or check of a form is a row of a table in `asking`: both faces show it and both bring it back.
"""
