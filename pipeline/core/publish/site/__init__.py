"""The pages of the site: which there are (`pages`), and what each may show, as records of text.

The records are an allow-list: a field that no record names never reaches a page. May enter: a page as a row of `PAGES`
with the records of its template, the search, feeds and files for programs. May not: HTML (templates have it).
"""
