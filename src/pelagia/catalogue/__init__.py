"""Models: cards, versions, where they are found."""
