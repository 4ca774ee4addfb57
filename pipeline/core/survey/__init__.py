"""The survey: questionnaires, answers to counts, standard errors, intervals, and what must be hidden.

May enter: what is asked and of how many, how answers become counts, how much chance is in a figure, what may be shown.
Stays out: how counts become points (`index/survey_points`); a respondent is never kept, here or anywhere.
"""
