"""What each Word document says, as plain fields for its template; how a template is filled is an adapter's matter."""

# Names only, so that the command line knows them without loading what makes the documents; see `kinds`.
KINDS = ("self-assessment", "appraisal-notice", "survey", "index", "council-minutes", "result-decision")
