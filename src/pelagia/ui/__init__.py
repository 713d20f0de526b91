"""The web app: pages, drawn from the same functions as the HTTP interface."""
