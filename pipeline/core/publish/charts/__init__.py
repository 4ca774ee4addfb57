"""What a chart says and how it is drawn as SVG; made from results, with the table of its numbers."""
