"""Health checks of everything that an archive depends on."""
