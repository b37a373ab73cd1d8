"""Polygons cut into triangles, and the cells that triangles hold."""
