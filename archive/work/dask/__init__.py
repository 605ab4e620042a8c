"""Workers on many machines, through a Dask cluster."""
