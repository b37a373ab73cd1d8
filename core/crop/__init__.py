"""A part of a picture cut out, and put back after an edit: the seam, and the drift of what lies around it."""
