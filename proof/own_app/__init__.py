"""The same proof for an app that nobody here has written: any program, any language, known by its address."""
