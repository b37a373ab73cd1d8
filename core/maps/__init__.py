"""Where each cell's content comes from: one file for each rule."""
