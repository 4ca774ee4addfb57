"""Rounds in git: commits, changes between two of them, history, seals, proofs, rights, the plan's timetable.

May enter: what compares states, or judges who may change them and when.
"""
