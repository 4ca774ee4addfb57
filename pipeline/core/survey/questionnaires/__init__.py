"""What the field asks: a group's questions as a form of ODK and KoBo, on paper, and as a workbook to type paper in.

`questions` says which questions are put about which agency, and what the columns of the answers are called; `xlsforms`,
`entries` and `papers` lay that out. Answers are counted by `tally`.
"""
