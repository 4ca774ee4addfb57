"""What the field asks: a group's questions as a form of ODK and KoBo, on paper, and as a workbook to type paper in.

`asking` says which questions are put about which agency, and what the columns of the answers are called; `xlsforms`,
`entries` and `papers` lay that out. How answers are counted is the matter of the tally.
"""
