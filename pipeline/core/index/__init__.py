"""From records to the index: laws between files, points, scoring, rank, analysis, and their words.

May enter: what an auditor of the arithmetic must read, and figures for readers that come from scores alone.
"""
