"""`make load`: measures over HTTP how much load SkinScreen can take on this machine."""
