"""Charts: what each one says, made from results, and how it is drawn as SVG.

May enter: a chart with its finding in a sentence, its source and the table of its numbers. May not: a chart that says
something only by its drawing, and arithmetic beyond shares and differences of the figures that it shows.
"""
