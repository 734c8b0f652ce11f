"""What `make screenshots` sets up before it photographs: states of a page that no link leads to."""

SCENES = []
