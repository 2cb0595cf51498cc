"""Training of the models, from labelled files to an artefact with a card."""
