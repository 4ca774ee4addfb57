"""What readers get: pages, charts, Word documents, open data.

May enter: what shows results to somebody outside the program. May not: a figure that needs arithmetic (it comes from
`index.analysis` or `survey`), what may be shown of the survey (`survey.disclosure`), and how a file is made (adapters).
What several of these share: a year's scene in `scene`, answers to a question in `survey_answers`.
"""
