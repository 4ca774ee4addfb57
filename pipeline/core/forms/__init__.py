"""Forms of a stage: what is asked, as a workbook and as a web page, and what comes back.

May enter: what a person fills in or gets back as a receipt. Which program paints or opens a workbook: an adapter.
"""
