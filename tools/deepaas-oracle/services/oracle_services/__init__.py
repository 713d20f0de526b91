"""Services of Pelagia that do what the models of oracle-models do, to compare the two."""
