"""What each Word document says, as plain fields for its template; `adapters.words` fills the template.

May enter: a kind of document with a row in `kinds`. What several documents share stands in `common`, tables of results
in `result_tables`.
"""

# Names only, so that the command line knows them without loading what makes the documents; see `kinds`.
KINDS = ("self-assessment", "appraisal-notice", "survey", "index", "index-annex", "council-minutes", "result-decision")
