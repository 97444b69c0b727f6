"""What every room uses of the operating system: files, signals, waiting, the terminal."""
