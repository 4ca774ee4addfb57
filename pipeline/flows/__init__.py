"""The steps in order, from a repository to records, scores, pages, files and commits.

May enter: what calls the pure core and the adapters one after the other; no other floor joins the two. Stays out: laws,
figures (`core`), an outside library (`adapters`), printing, writing files and exit codes (`commands`).
"""
