"""What readers get: pages, charts, Word documents, open data.

May enter: what shows results. A figure that needs arithmetic comes from `index.analysis` or `survey`.
"""
