"""A result on a map: its pictures, the items on them, classes of ground, density, survey lines; with people's edits.

What is shown is the latest result, with the edits made since on top of it.
"""
