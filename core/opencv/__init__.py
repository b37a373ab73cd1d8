"""What is done only to do as OpenCV does, for the reference choices."""
