"""`make load`: how much SkinScreen takes on this machine, measured from outside over HTTP."""
