"""The commands of ./stack, one file each: options and help. The work is done by the other rooms."""
