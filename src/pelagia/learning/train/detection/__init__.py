"""Training of the models that find objects in pictures and draw boxes around them."""
