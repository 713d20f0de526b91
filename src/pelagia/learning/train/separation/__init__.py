"""Training of the models that tell and separate touching organisms, on merges made of single ones."""
