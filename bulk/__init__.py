"""Many pictures, on one machine or many: a graph run over a table of jobs, on Ray."""
