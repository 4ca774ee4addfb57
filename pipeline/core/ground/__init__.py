"""What every room stands on: numbers, characters, nodes, problems, labels, text, tables, the model of a workbook.

May enter: what knows nothing of agencies, criteria, years or git, and what two rooms at least use. It uses no other.
"""
