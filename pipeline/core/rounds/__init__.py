"""Rounds in git: commits, changes between two of them, history, seals, proofs, rights, the plan's timetable.

May enter: what compares two states of the data, follows one value through the commits, proves what was sealed and
approved, judges who may change what and when, or says what the plan owes on a day. Each has its words beside it in
`<noun>_words`. Reading git is the work of `adapters/repository`; what a file holds is known by `record`.
"""
