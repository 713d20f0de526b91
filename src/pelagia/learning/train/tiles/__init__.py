"""Training of a model that names tiles of the ground."""
