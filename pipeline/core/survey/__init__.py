"""The survey: questionnaires, answers to counts, standard errors, intervals, and what must be hidden.

May enter: what concerns respondents' answers before or beside points. How counts become points: `index.survey_points`.
"""
