"""Run the archive from a checkout."""

from archive.commands import main

if __name__ == "__main__":
    main()
