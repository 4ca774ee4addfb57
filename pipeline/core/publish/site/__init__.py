"""What pages may show: an allow-list of the records as text. A field that no view names never reaches a page."""
