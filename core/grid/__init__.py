"""The picture's pixels and the latent's cells: shapes and masks as rasters, and the instruction placed on them."""
